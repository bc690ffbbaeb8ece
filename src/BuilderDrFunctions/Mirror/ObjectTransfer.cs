using System.Buffers;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Mirror;

/// <summary>Brings one object version into the vault, in bounded memory, and learns its digests on the way.</summary>
internal sealed class ObjectTransfer(IVault vault, IObjectStore store, TransferLimits limits, string site)
{
    private const int BufferBytes = 256 * 1024;
    private const int MostAttempts = 8;
    private const int AgreeingReads = 4;
    private volatile bool _eTagsAreMd5;
    private volatile bool _eTagsAreNoMd5;
    private volatile bool _someAreNoMd5;

    /// <summary>How long the bucket may take to begin with an object; null: as long as its own limits and repetitions take.</summary>
    public TimeSpan? OpenLimit { get; init; }

    /// <summary>What became of one object.</summary>
    /// <param name="Entry">With its digests; <see cref="ObjectVerdict.Vanished"/> when it is gone from the bucket.</param>
    /// <param name="WasKept">The vault had it already.</param>
    /// <param name="WasMended">What the vault had of it was damaged or lost.</param>
    public sealed record Outcome(InventoryEntry Entry, bool WasKept, bool WasMended = false);

    /// <summary>Reads an object version that the vault holds already; null when it does not, or not as it must be.</summary>
    /// <param name="wanted">With the SHA-256 that its content must have, where the vault's copy is in doubt.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<InventoryEntry?> FindStoredAsync(InventoryEntry wanted, CancellationToken cancellationToken)
    {
        var asksETag = wanted.Sha256 is null && ObjectBody.LooksLikeMd5(wanted.ETag) && !_eTagsAreNoMd5 && (_eTagsAreMd5 || !_someAreNoMd5);
        if (await ReadStoredAsync(wanted, asksETag, cancellationToken) is not { HasItsSize: true } found || IsOther(found.Entry, wanted))
        {
            return null;
        }

        var isProved = IsETag(found.Md5, wanted);
        _eTagsAreMd5 |= isProved;
        // It is damaged, or the ETag is no MD5 although it looks like one: the bucket's own bytes tell.
        return isProved || !asksETag ? found.Entry : null;
    }

    private static bool IsOther(InventoryEntry stored, InventoryEntry wanted) =>
        wanted.Sha256 is not null && !string.Equals(stored.Sha256, wanted.Sha256, StringComparison.Ordinal);

    private static bool IsETag(string? md5, InventoryEntry entry) => string.Equals(md5, entry.ETag, StringComparison.Ordinal);

    /// <summary>What the vault holds under a version's name; null when it holds nothing.</summary>
    private async Task<Stored?> ReadStoredAsync(InventoryEntry wanted, bool withMd5, CancellationToken cancellationToken)
    {
        var path = PathOf(wanted);
        if (await vault.FindAsync(path, cancellationToken) is null)
        {
            return null;
        }

        using var digests = new ArtifactDigests(wanted.Key, withMd5);
        await using var content = await vault.OpenReadAsync(path, 0, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                digests.Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new Stored(digests.Complete(wanted), digests.Bytes == wanted.Bytes, digests.Md5());
    }

    /// <summary>Fetches the version wanted; when the bucket has another by now, that one.</summary>
    public async Task<Outcome> FetchAsync(InventoryEntry wanted, CancellationToken cancellationToken)
    {
        var doubt = new Doubt(null, 0);
        var mends = wanted.Sha256 is not null;
        string? ifETag = wanted.ETag;
        for (var attempt = 1; ; attempt++)
        {
            var body = await OpenAsync(wanted.Key, ifETag, cancellationToken);
            if (body is null && ifETag is null)
            {
                return new Outcome(wanted with { Verdict = ObjectVerdict.Vanished, Sha256 = null }, WasKept: false);
            }

            if (body is null)
            {
                ifETag = null;
                continue;
            }

            await using (body)
            {
                var version = ifETag is null
                    ? wanted with { Bytes = body.Bytes, ETag = body.ETag, ModifiedAt = body.ModifiedAt ?? wanted.ModifiedAt, Sha256 = null }
                    : wanted;
                if (body.Bytes != version.Bytes)
                {
                    throw ObjectStoreFaults.WrongAnswer(store.Description, wanted.Key, $"{body.Bytes} bytes and not {version.Bytes}");
                }

                try
                {
                    if (await StoreAsync(version, body, doubt, mayReplace: attempt < MostAttempts, cancellationToken) is { } outcome)
                    {
                        return outcome with { WasMended = mends && !outcome.WasKept };
                    }

                    // What was stored was damaged, and is gone: the next read takes its place.
                    mends = true;
                }
                catch (DoubtedContentException doubted) when (attempt < MostAttempts)
                {
                    // Fetched once more: what a wire damages differs from time to time, an ETag that is no MD5 does not.
                    doubt = doubt.With(doubted.Sha256);
                }
                catch (TransientFaultException fault) when (fault.Code is ObjectStoreFaults.ChangedWhileReadCode && attempt < MostAttempts)
                {
                    ifETag = null;
                }
                catch (DoubtedContentException)
                {
                    throw MirrorFaults.NotItsETag(store.Description, wanted.Key);
                }
            }
        }
    }

    private async Task<ObjectBody?> OpenAsync(string key, string? ifETag, CancellationToken cancellationToken)
    {
        if (OpenLimit is not { } most)
        {
            return await store.OpenReadAsync(key, ifETag, 0, cancellationToken);
        }

        using var limit = limits.Within(most);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await store.OpenReadAsync(key, ifETag, 0, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ObjectStoreFaults.Silent(store.Description, $"read '{key}'", (int)most.TotalSeconds);
        }
    }

    private async Task<Outcome?> StoreAsync(InventoryEntry version, ObjectBody body, Doubt doubt, bool mayReplace, CancellationToken cancellationToken)
    {
        _someAreNoMd5 |= !body.IsETagMd5;
        using var digests = new ArtifactDigests(version.Key, withMd5: body.IsETagMd5 && !_eTagsAreNoMd5);
        await using var blob = await vault.CreateAsync(PathOf(version), version.Bytes, cancellationToken);
        await CopyAsync(body.Content, blob.Content, version.Bytes, digests, cancellationToken);
        if (digests.Bytes != version.Bytes)
        {
            throw ObjectStoreFaults.BrokenBody(store.Description, version.Key, digests.Bytes, version.Bytes);
        }

        var md5 = digests.Md5();
        var entry = digests.Complete(version);
        if (md5 is not null)
        {
            RefuseDoubtful(md5, entry, doubt);
        }

        return await blob.CommitAsync(cancellationToken)
            ? new Outcome(entry, WasKept: false)
            : await KeepAsync(version, entry, isProved: IsETag(md5, entry), mayReplace, cancellationToken);
    }

    /// <summary>What is noted of a version that the vault had already is what lies there, not what was just read.</summary>
    /// <param name="version">With the SHA-256 that its content must have, where that is known.</param>
    /// <param name="read">What the bucket gave.</param>
    /// <param name="isProved">It has the MD5 that its ETag says, so another content cannot be right.</param>
    /// <param name="mayReplace">What is damaged may be removed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null when what lay there was proved damaged, and is removed; the bucket has just shown that it can give another.</returns>
    private async Task<Outcome?> KeepAsync(InventoryEntry version, InventoryEntry read, bool isProved, bool mayReplace, CancellationToken cancellationToken)
    {
        var path = PathOf(version);
        var (stored, hasItsSize, _) = await ReadStoredAsync(version, withMd5: false, cancellationToken) ?? throw VaultFaults.StagingLost(vault.Description, path);
        // A vault that lets nothing go (a legal hold) keeps one damaged object; that must not keep all others from being backed up.
        if (IsOther(stored, read) && (isProved || !hasItsSize || IsOther(stored, version)) && mayReplace
            && (await vault.RemoveAsync(path, cancellationToken)).Refusal is null)
        {
            return null;
        }

        return new Outcome(stored, WasKept: true);
    }

    /// <summary>Content whose MD5 is not the ETag is taken only when several reads agree on it; then the bucket's ETags may be no MD5s at all.</summary>
    private void RefuseDoubtful(string md5, InventoryEntry entry, Doubt doubt)
    {
        if (IsETag(md5, entry))
        {
            _eTagsAreMd5 = true;
        }
        else if (doubt.With(entry.Sha256!).Reads < AgreeingReads)
        {
            throw new DoubtedContentException(entry.Sha256!);
        }
        else
        {
            _eTagsAreNoMd5 = !_eTagsAreMd5;
        }
    }

    /// <summary>Reads into one buffer while the other is written and digested.</summary>
    private async Task CopyAsync(Stream from, Stream to, long bytes, ArtifactDigests digests, CancellationToken cancellationToken)
    {
        var length = (int)Math.Clamp(bytes, 1, BufferBytes);
        var (filling, writing) = (ArrayPool<byte>.Shared.Rent(length), ArrayPool<byte>.Shared.Rent(length));
        var write = Task.CompletedTask;
        try
        {
            int read;
            while ((read = await from.ReadAtLeastAsync(filling.AsMemory(0, length), length, throwOnEndOfStream: false, cancellationToken)) > 0)
            {
                await limits.TakeAsync(read, cancellationToken);
                await write;
                (filling, writing) = (writing, filling);
                write = to.WriteAsync(writing.AsMemory(0, read), cancellationToken).AsTask();
                digests.Append(writing.AsSpan(0, read));
            }

            await write;
        }
        finally
        {
            // The buffer must not go back to the pool while it is still being written.
            await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(filling);
            ArrayPool<byte>.Shared.Return(writing);
        }
    }

    private string PathOf(InventoryEntry version) => ObjectVersion.PathOf(site, ObjectVersion.NameOf(version.Key, version.ETag, version.Bytes));

    /// <summary>What lies in the vault under a version's name.</summary>
    private sealed record Stored(InventoryEntry Entry, bool HasItsSize, string? Md5);

    /// <summary>How many reads in a row gave the same doubtful content.</summary>
    private readonly record struct Doubt(string? Sha256, int Reads)
    {
        public Doubt With(string sha256) => new(sha256, string.Equals(sha256, Sha256, StringComparison.Ordinal) ? Reads + 1 : 1);
    }

    /// <summary>The content's MD5 is not the ETag: damaged on the way, or the ETag is no MD5 although it looks like one.</summary>
    private sealed class DoubtedContentException(string sha256) : Exception
    {
        public string Sha256 { get; } = sha256;
    }
}
