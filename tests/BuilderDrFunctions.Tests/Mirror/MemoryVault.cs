using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Tests.Mirror;

/// <summary>A vault in memory, for logic that needs no server.</summary>
internal sealed class MemoryVault : IVault
{
    private readonly ConcurrentDictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);

    public string Description => "memory";

    public IReadOnlyDictionary<string, byte[]> Blobs => _blobs;

    public byte[] this[string path]
    {
        get => _blobs[path];
        set => _blobs[path] = value;
    }

    /// <summary>Nothing that it is asked is answered, as where a firewall drops every packet.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What every question is answered with.</summary>
    public FaultException? Fault { get; init; }

    /// <summary>Of what is written there one bit is another.</summary>
    public Func<string, bool> Spoils { get; set; } = static _ => false;

    public Task CheckWritableAsync(CancellationToken cancellationToken) => AnswerAsync(cancellationToken);

    public async Task<VaultEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        return _blobs.TryGetValue(path, out var content) ? EntryOf(path, content) : null;
    }

    public async IAsyncEnumerable<VaultEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var (path, content) in _blobs.Where(blob => blob.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(blob => blob.Key, StringComparer.Ordinal))
        {
            yield return EntryOf(path, content);
        }
    }

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken)
        => _blobs.Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal) && path[prefix.Length..].Contains('/', StringComparison.Ordinal))
            .Select(path => path[prefix.Length..path.IndexOf('/', prefix.Length)]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToAsyncEnumerable();

    public Task<Stream> OpenReadAsync(string path, long offset, CancellationToken cancellationToken)
        => _blobs.TryGetValue(path, out var content)
            ? Task.FromResult<Stream>(new MemoryStream(content, (int)offset, content.Length - (int)offset, writable: false))
            : throw VaultFaults.BlobMissing(Description, path);

    public Task<VaultWriter> CreateAsync(string path, long? expectedBytes, CancellationToken cancellationToken)
        => Task.FromResult<VaultWriter>(new Writer(this, path));

    public Task<string?> TryReplaceAsync(string path, ReadOnlyMemory<byte> content, string? ifVersion, CancellationToken cancellationToken)
    {
        var bytes = content.ToArray();
        var done = ifVersion is null
            ? _blobs.TryAdd(path, bytes)
            : _blobs.TryGetValue(path, out var found) && VersionOf(found) == ifVersion && _blobs.TryUpdate(path, bytes, found);
        return Task.FromResult(done ? VersionOf(bytes) : null);
    }

    public Task<bool> DeleteAsync(string path, CancellationToken cancellationToken) => Task.FromResult(_blobs.TryRemove(path, out _));

    private Task AnswerAsync(CancellationToken cancellationToken) =>
        Fault is { } fault ? Task.FromException(fault) : IsSilent ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken) : Task.CompletedTask;

    private static VaultEntry EntryOf(string path, byte[] content) => new(path, content.Length, VersionOf(content), DateTimeOffset.UnixEpoch);

    private static string VersionOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private sealed class Writer(MemoryVault vault, string path) : VaultWriter
    {
        private readonly MemoryStream _content = new();

        public override Stream Content => _content;

        public override Task<bool> CommitAsync(CancellationToken cancellationToken)
        {
            var written = _content.ToArray();
            if (vault.Spoils(path))
            {
                written[0] ^= 1;
            }

            return Task.FromResult(vault._blobs.TryAdd(path, written));
        }

        public override ValueTask DisposeAsync() => _content.DisposeAsync();
    }
}
