using System.Security.Cryptography;

namespace BuilderDrFunctions.Vault;

/// <summary>Decrypts a package; bytes leave it only after their chunk's tag was right, and the end only after the last chunk's.</summary>
internal sealed class CipherReadStream(Stream source, byte[] key) : Stream
{
    // One byte more than a sealed chunk: whether it is there tells a full chunk from the last one.
    private readonly byte[] _sealed = new byte[CipherHeader.ChunkBytes + CipherHeader.TagBytes + 1];
    private readonly byte[] _plain = new byte[CipherHeader.ChunkBytes];
    private CipherHeader? _header;
    private AesGcm? _cipher;
    private ReadOnlyMemory<byte> _ready;
    private int _ahead;
    private long _chunk;
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_ready.IsEmpty && !_ended && !buffer.IsEmpty)
        {
            await NextChunkAsync(cancellationToken);
        }

        var take = Math.Min(buffer.Length, _ready.Length);
        _ready[..take].CopyTo(buffer);
        _ready = _ready[take..];
        return take;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A package is read asynchronously: use ReadAsync.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
            _cipher?.Dispose();
            CryptographicOperations.ZeroMemory(_plain);
        }

        base.Dispose(disposing);
    }

    private async Task NextChunkAsync(CancellationToken cancellationToken)
    {
        if (_header is null)
        {
            var bytes = new byte[CipherHeader.Bytes];
            if (await source.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken) < bytes.Length)
            {
                throw VaultFaults.Truncated();
            }

            _header = CipherHeader.Parse(bytes, key);
            _cipher = _header.FileKey(key);
        }

        var wanted = _sealed.Length - _ahead;
        var read = _ahead + await source.ReadAtLeastAsync(_sealed.AsMemory(_ahead), wanted, throwOnEndOfStream: false, cancellationToken);
        var last = read < _sealed.Length;
        var chunkBytes = last ? read : read - 1;
        if (chunkBytes < CipherHeader.TagBytes)
        {
            throw VaultFaults.Truncated();
        }

        var plainBytes = chunkBytes - CipherHeader.TagBytes;
        if (!TryDecrypt(plainBytes, last))
        {
            // A whole chunk that is not the last one, at the end of the stream: the rest was cut off.
            throw last && TryDecrypt(plainBytes, last: false) ? VaultFaults.Truncated() : VaultFaults.Damaged(_chunk);
        }

        _ready = _plain.AsMemory(0, plainBytes);
        _ended = last;
        _chunk++;
        _ahead = last ? 0 : 1;
        _sealed[0] = last ? (byte)0 : _sealed[^1];
    }

    private bool TryDecrypt(int bytes, bool last)
    {
        Span<byte> nonce = stackalloc byte[CipherHeader.NonceBytes];
        CipherHeader.Nonce(nonce, _chunk, last);
        try
        {
            _cipher!.Decrypt(nonce, _sealed.AsSpan(0, bytes), _sealed.AsSpan(bytes, CipherHeader.TagBytes), _plain.AsSpan(0, bytes), _header!.Content.Span);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
