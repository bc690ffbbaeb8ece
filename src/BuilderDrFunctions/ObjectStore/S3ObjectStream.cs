using System.Net;
using BuilderDrFunctions.Faults;
using Polly;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>The body of one version of an object; a broken or silent connection is replaced by a ranged request from where it ended.</summary>
internal sealed class S3ObjectStream : Stream
{
    private const int MostResumes = 1000;
    private readonly S3Client _client;
    private readonly string _key;
    private readonly string _eTag;
    private readonly long _total;
    private readonly ResiliencePipeline _resume;
    private HttpResponseMessage? _response;
    private Stream? _source;
    private long _at;
    private int _resumes;

    /// <summary>Takes over an answered request.</summary>
    public S3ObjectStream(S3Client client, string key, string eTag, long offset, long total, HttpResponseMessage response, Stream source)
    {
        (_client, _key, _eTag, _at, _total, _response, _source) = (client, key, eTag, offset, total, response, source);
        _resume = client.Retrying(error => error is TransientFaultException and not { Code: ObjectStoreFaults.ChangedWhileReadCode } && _resumes < MostResumes);
    }

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
        if (_at >= _total || buffer.Length == 0)
        {
            return 0;
        }

        try
        {
            return await ReadOnceAsync(buffer, cancellationToken);
        }
        catch (TransientFaultException fault) when (fault.Code is not ObjectStoreFaults.ChangedWhileReadCode)
        {
            return await _resume.ExecuteAsync(
                static async (state, token) => await state.Self.ReadOnceAsync(state.Buffer, token), (Self: this, Buffer: buffer), cancellationToken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Drop();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_source is null)
        {
            await ReopenAsync(cancellationToken);
        }

        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(_client.Silence);
        try
        {
            var most = (int)Math.Min(buffer.Length, _total - _at);
            var read = await _source!.ReadAsync(buffer[..most], silence.Token);
            if (read > 0)
            {
                _at += read;
                return read;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Drop();
            throw ObjectStoreFaults.Silent(_client.Description, $"go on with '{_key}'", (int)_client.Silence.TotalSeconds);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            // Said below: whatever broke it, what counts is how far the body came.
        }

        Drop();
        throw ObjectStoreFaults.BrokenBody(_client.Description, _key, _at, _total);
    }

    private async Task ReopenAsync(CancellationToken cancellationToken)
    {
        _resumes++;
        var request = new S3Request(HttpMethod.Get, _key, $"go on with '{_key}'")
        {
            IfMatch = _eTag,
            Offset = _at,
            Expected = [HttpStatusCode.NotFound, HttpStatusCode.PreconditionFailed],
            KeepsResponse = true,
        };
        (_response, _source) = await _client.SendOnceAsync(request, TakeOverAsync, cancellationToken);
    }

    private async Task<(HttpResponseMessage Response, Stream Source)> TakeOverAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.PreconditionFailed)
        {
            throw ObjectStoreFaults.ChangedWhileRead(_client.Description, _key);
        }

        var range = response.Content.Headers.ContentRange;
        var isRest = _at == 0 ? response.StatusCode == HttpStatusCode.OK : response.StatusCode == HttpStatusCode.PartialContent && range?.From == _at;
        if (!isRest || !string.Equals(S3Answer.ETagOf(response), _eTag, StringComparison.Ordinal))
        {
            throw ObjectStoreFaults.WrongAnswer(_client.Description, _key, $"not its bytes from {_at} on");
        }

        return (response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    private void Drop()
    {
        _source?.Dispose();
        _response?.Dispose();
        _source = null;
        _response = null;
    }
}
