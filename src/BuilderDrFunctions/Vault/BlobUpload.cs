using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace BuilderDrFunctions.Vault;

/// <summary>The requests that make one blob.</summary>
/// <param name="blob">Where.</param>
/// <param name="vault">For messages.</param>
/// <param name="path">For messages.</param>
/// <param name="blocksInFlight">Shared by all uploads of a vault, so that memory does not grow with their number.</param>
internal sealed class BlobUpload(BlockBlobClient blob, string vault, string path, SemaphoreSlim blocksInFlight)
{
    /// <summary>Blocks of one vault on the way at once: 16 × 4 MiB, besides the one each upload is filling.</summary>
    internal const int BlocksInFlight = 16;

    /// <summary>Bytes of a block. Azure takes 50,000 blocks, so later blocks of a blob beyond 97 GiB are larger.</summary>
    internal const int BlockBytes = 4 * 1024 * 1024;

    private const int LateBlock = 25_000;
    private const int LateBlockBytes = 64 * 1024 * 1024;
    private const string Mark = "upload";

    private readonly string _id = Guid.NewGuid().ToString("N");
    private readonly List<string> _blocks = [];

    internal SemaphoreSlim Window => blocksInFlight;

    /// <summary>Size of the block that comes next.</summary>
    internal int NextBlockBytes => _blocks.Count < LateBlock ? BlockBytes : LateBlockBytes;

    internal bool HasBlocks => _blocks.Count > 0;

    /// <summary>Takes the next block's place in the blob.</summary>
    /// <remarks>The id holds the upload's own: two uploads of one name share the service's list of uncommitted blocks.</remarks>
    internal string NextBlockId()
    {
        var id = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(_id + _blocks.Count.ToString("d8", CultureInfo.InvariantCulture)));
        _blocks.Add(id);
        return id;
    }

    internal async Task StageAsync(string blockId, byte[] buffer, int bytes, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(buffer, 0, bytes, writable: false);
        try
        {
            await blob.StageBlockAsync(blockId, content, new BlockBlobStageBlockOptions(), cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && BlobErrors.Translate(vault, path, "writing", e) is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>An ETag without its quotes: some answers have them, listings do not.</summary>
    internal static string Version(ETag eTag) => eTag.ToString().Trim('"');

    /// <summary>Makes the staged blocks a blob, unless one exists.</summary>
    internal async Task<bool> CommitAsync(CancellationToken cancellationToken) =>
        await SendBlockListAsync(new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken) is not null;

    /// <summary>Writes the whole blob in one request; null when the conditions are not met.</summary>
    internal async Task<string?> PutAsync(ReadOnlyMemory<byte> content, BlobRequestConditions conditions, CancellationToken cancellationToken)
    {
        var (version, absent) = await UnlessConflictAsync(async () =>
        {
            await using var stream = BinaryData.FromBytes(content).ToStream();
            var options = new BlobUploadOptions
            {
                Conditions = conditions,
                Metadata = Marked(),
                TransferOptions = new() { InitialTransferSize = 256L * 1024 * 1024 },
            };
            return (await blob.UploadAsync(stream, options, cancellationToken)).Value.ETag;
        }, cancellationToken);
        if (!absent || conditions.IfNoneMatch is null)
        {
            return version;
        }

        // A conflict with nothing: Azurite takes the blocks of an upload that was never committed for a blob. A block list replaces them.
        if (!content.IsEmpty)
        {
            await StageAsync(NextBlockId(), content.ToArray(), content.Length, cancellationToken);
        }

        return await SendBlockListAsync(conditions, cancellationToken);
    }

    private Dictionary<string, string> Marked() => new(StringComparer.Ordinal) { [Mark] = _id };

    /// <summary>The new version, or null when there is another blob; with neither, another upload dropped the staged blocks, and what it made is gone again.</summary>
    private async Task<string?> SendBlockListAsync(BlobRequestConditions conditions, CancellationToken cancellationToken)
    {
        var (version, absent) = await UnlessConflictAsync(async () =>
        {
            var options = new CommitBlockListOptions { Conditions = conditions, Metadata = Marked() };
            return (await blob.CommitBlockListAsync(_blocks, options, cancellationToken)).Value.ETag;
        }, cancellationToken);
        return absent ? throw VaultFaults.StagingLost(vault, path) : version;
    }

    /// <summary>The new version; or none, and whether the blob was absent when the conflict was looked into.</summary>
    private async Task<(string? Version, bool Absent)> UnlessConflictAsync(Func<Task<ETag>> request, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return (Version(await request()), Absent: false);
            }
            catch (RequestFailedException e) when (IsConflict(e))
            {
                BlobProperties there = await blob.GetPropertiesAsync(conditions: null, cancellationToken);
                var own = there.Metadata.TryGetValue(Mark, out var id) && string.Equals(id, _id, StringComparison.Ordinal);
                return (own ? Version(there.ETag) : null, Absent: false);
            }
        }
        catch (RequestFailedException e) when (e is { Status: 404, ErrorCode: "BlobNotFound" })
        {
            return (null, Absent: true);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && BlobErrors.Translate(vault, path, "writing", e) is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>Another upload's commit also drops this one's staged blocks, which the service may notice before the condition.</summary>
    private static bool IsConflict(RequestFailedException e) =>
        e is { Status: 409, ErrorCode: "BlobAlreadyExists" } or { Status: 412 } or { Status: 400, ErrorCode: "InvalidBlockList" };
}
