using System.Buffers;
using Azure;
using Azure.Storage.Blobs.Models;

namespace BuilderDrFunctions.Vault;

/// <summary>Fills blocks and sends several at once; what fits into one block goes up in a single request at the commit.</summary>
internal sealed class BlobVaultWriter : VaultWriter
{
    private const int OwnBlocksInFlight = 4;
    private const int SmallestBuffer = 64 * 1024;
    private const int KeptBuffers = 8;

    // One for all writers: the shared pool would keep a block for each thread that ever gave one back.
    private static readonly ArrayPool<byte> Buffers = ArrayPool<byte>.Create(BlobUpload.BlockBytes, KeptBuffers);

    private readonly BlobUpload _upload;
    private readonly BlockContent _content;
    private readonly Queue<Task> _inFlight = new();
    private readonly CancellationTokenSource _abandoned = new();
    private byte[] _buffer;
    private int _filled;
    private bool _committed;

    internal BlobVaultWriter(BlobUpload upload, long? expectedBytes)
    {
        _upload = upload;
        _content = new BlockContent(this);
        _buffer = Buffers.Rent((int)Math.Clamp(expectedBytes ?? SmallestBuffer, 16, BlobUpload.BlockBytes));
    }

    public override Stream Content => _content;

    public override async Task<bool> CommitAsync(CancellationToken cancellationToken)
    {
        if (_committed)
        {
            throw new InvalidOperationException("A blob is committed once.");
        }

        _committed = true;
        if (!_upload.HasBlocks)
        {
            var conditions = new BlobRequestConditions { IfNoneMatch = ETag.All };
            return await _upload.PutAsync(_buffer.AsMemory(0, _filled), conditions, cancellationToken) is not null;
        }

        if (_filled > 0)
        {
            await SendBlockAsync(cancellationToken);
        }

        while (_inFlight.TryPeek(out var oldest))
        {
            await oldest.WaitAsync(cancellationToken);
            _ = _inFlight.Dequeue();
        }

        return await _upload.CommitAsync(cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        await _abandoned.CancelAsync();
        foreach (var block in _inFlight)
        {
            await ((Task)block).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _inFlight.Clear();
        Buffers.Return(_buffer);
        _buffer = [];
        _filled = 0;
        _abandoned.Dispose();
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            var limit = _upload.NextBlockBytes;
            if (_filled == limit)
            {
                await SendBlockAsync(cancellationToken);
                limit = _upload.NextBlockBytes;
            }

            var wanted = (int)Math.Min(limit, (long)_filled + bytes.Length);
            if (_buffer.Length < wanted)
            {
                Grow(wanted, limit);
            }

            var take = Math.Min(bytes.Length, Math.Min(limit, _buffer.Length) - _filled);
            bytes.Span[..take].CopyTo(_buffer.AsSpan(_filled));
            _filled += take;
            bytes = bytes[take..];
        }
    }

    private void Grow(int wanted, int limit)
    {
        var larger = Buffers.Rent((int)Math.Min(limit, Math.Max(wanted, _buffer.Length * 2L)));
        _buffer.AsSpan(0, _filled).CopyTo(larger);
        Buffers.Return(_buffer);
        _buffer = larger;
    }

    /// <summary>Hands the filled buffer to a request of its own and takes another; waits while enough are on the way.</summary>
    private async Task SendBlockAsync(CancellationToken cancellationToken)
    {
        while (_inFlight.TryPeek(out var oldest) && (oldest.IsCompleted || _inFlight.Count >= OwnBlocksInFlight))
        {
            // A failed block fails the write that finds it.
            await oldest.WaitAsync(cancellationToken);
            _ = _inFlight.Dequeue();
        }

        await _upload.Window.WaitAsync(cancellationToken);
        var (full, bytes) = (_buffer, _filled);
        _buffer = Buffers.Rent(BlobUpload.BlockBytes);
        _filled = 0;
        _inFlight.Enqueue(StageAsync(_upload.NextBlockId(), full, bytes));
    }

    private async Task StageAsync(string id, byte[] buffer, int bytes)
    {
        try
        {
            await _upload.StageAsync(id, buffer, bytes, _abandoned.Token);
        }
        finally
        {
            _upload.Window.Release();
            Buffers.Return(buffer);
        }
    }

    private sealed class BlockContent(BlobVaultWriter writer) : WriteOnlyStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            writer.WriteAsync(buffer, cancellationToken);
    }
}
