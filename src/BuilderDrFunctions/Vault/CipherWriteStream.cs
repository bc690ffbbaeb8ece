using System.Security.Cryptography;

namespace BuilderDrFunctions.Vault;

/// <summary>Encrypts what is written to it. Disposing it without <see cref="CompleteAsync"/> leaves a package that no one can take for whole.</summary>
public sealed class CipherWriteStream : WriteOnlyStream
{
    private readonly Stream _target;
    private readonly CipherHeader _header;
    private readonly AesGcm _cipher;
    private readonly byte[] _plain = new byte[CipherHeader.ChunkBytes];
    private readonly byte[] _sealed = new byte[CipherHeader.ChunkBytes + CipherHeader.TagBytes];
    private int _filled;
    private long _chunk;
    private bool _begun;
    private bool _completed;

    internal CipherWriteStream(Stream target, CipherHeader header, AesGcm cipher)
    {
        _target = target;
        _header = header;
        _cipher = cipher;
    }

    /// <summary>Writes the last chunk.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (!_completed)
        {
            _completed = true;
            await SealAsync(last: true, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_completed)
        {
            throw new InvalidOperationException("The package is complete.");
        }

        while (!buffer.IsEmpty)
        {
            // A full chunk waits until more comes: only then is it known not to be the last.
            if (_filled == _plain.Length)
            {
                await SealAsync(last: false, cancellationToken);
            }

            var take = Math.Min(buffer.Length, _plain.Length - _filled);
            buffer.Span[..take].CopyTo(_plain.AsSpan(_filled));
            _filled += take;
            buffer = buffer[take..];
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            CryptographicOperations.ZeroMemory(_plain);
            _cipher.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task SealAsync(bool last, CancellationToken cancellationToken)
    {
        if (!_begun)
        {
            _begun = true;
            await _target.WriteAsync(_header.Content, cancellationToken);
        }

        Encrypt(last);
        await _target.WriteAsync(_sealed.AsMemory(0, _filled + CipherHeader.TagBytes), cancellationToken);
        _chunk++;
        _filled = 0;
    }

    private void Encrypt(bool last)
    {
        Span<byte> nonce = stackalloc byte[CipherHeader.NonceBytes];
        CipherHeader.Nonce(nonce, _chunk, last);
        _cipher.Encrypt(
            nonce, _plain.AsSpan(0, _filled), _sealed.AsSpan(0, _filled), _sealed.AsSpan(_filled, CipherHeader.TagBytes), _header.Content.Span);
    }
}
