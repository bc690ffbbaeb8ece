using System.Security.Cryptography;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Recovery;

/// <summary>Gives a stored file's bytes and throws before the last of them, unless all of them are as many and digest as they should.</summary>
/// <remarks>Whoever consumes it never gets to the end of a damaged file: an upload of it is never completed, a restore of it fails.</remarks>
/// <param name="inner">The file; disposed with this.</param>
/// <param name="bytes">Its size.</param>
/// <param name="sha256">Its digest, lower-case hex.</param>
/// <param name="damaged">Makes the fault, given what is wrong.</param>
public sealed class CheckedReadStream(Stream inner, long bytes, string sha256, Func<string, FaultException> damaged) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _read;
    private bool _checked;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => bytes;

    /// <inheritdoc/>
    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        var read = await inner.ReadAsync(buffer, cancellationToken);
        _hash.AppendData(buffer.Span[..read]);
        _read += read;
        if (_read > bytes)
        {
            throw damaged($"it has more than {bytes} bytes");
        }

        if (read == 0 && _read < bytes)
        {
            throw damaged($"it has {_read} bytes and not {bytes}");
        }

        if (_read == bytes && !_checked)
        {
            await CheckEndAsync(cancellationToken);
        }

        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask CheckEndAsync(CancellationToken cancellationToken)
    {
        var found = Convert.ToHexStringLower(_hash.GetCurrentHash());
        if (!string.Equals(found, sha256, StringComparison.Ordinal))
        {
            throw damaged($"its SHA-256 is {found} and not {sha256}");
        }

        if (await inner.ReadAsync(new byte[1], cancellationToken) != 0)
        {
            throw damaged($"it has more than {bytes} bytes");
        }

        _checked = true;
    }
}
