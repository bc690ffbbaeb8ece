using System.Security.Authentication;
using BuilderDrFunctions.Faults;
using Polly;
using Polly.Retry;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>Sends signed requests to one bucket: again, after a pause, where an error may pass; and as a <see cref="FaultException"/> where it does not.</summary>
/// <remarks>The pause honours a busy server's <c>Retry-After</c> up to two minutes, else it doubles with jitter.</remarks>
internal sealed class S3Client
{
    private static readonly ResiliencePropertyKey<TimeSpan?> RetryAfter = new("retry-after");
    private readonly ArtifactsOptions _options;
    private readonly S3Address _address;
    private readonly S3Signer _signer;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline _pipeline;

    public S3Client(ArtifactsOptions options, TimeProvider clock)
    {
        _options = options;
        _address = new S3Address(options);
        Bucket = new S3Bucket(options, _address);
        _signer = new S3Signer(options.AccessKey, options.SecretKey, options.Region, clock);
        _http = S3Transport.For(options);
        _pipeline = Retrying(fault => fault is TransientFaultException);
    }

    /// <summary>The bucket itself.</summary>
    public S3Bucket Bucket { get; }

    /// <summary>Endpoint and bucket, for messages.</summary>
    public string Description => _address.Description;

    /// <summary>How long a server may stay silent.</summary>
    public TimeSpan Silence => TimeSpan.FromSeconds(_options.SilenceSeconds);

    /// <summary>A pipeline with this store's number of attempts and pauses.</summary>
    public ResiliencePipeline Retrying(Func<Exception, bool> when)
    {
        if (_options.RetryAttempts == 0)
        {
            return ResiliencePipeline.Empty;
        }

        return new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = _options.RetryAttempts,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(_options.RetryMilliseconds),
                MaxDelay = TimeSpan.FromSeconds(30),
                ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Exception is { } error && when(error)),
                DelayGenerator = arguments => ValueTask.FromResult(arguments.Context.Properties.GetValue(RetryAfter, null)),
            })
            .Build();
    }

    /// <summary>Sends until answered or out of attempts.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="read">Reads the answer; its reading is repeated with the request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<T> SendAsync<T>(
        S3Request request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            return await _pipeline.ExecuteAsync(
                static async (context, state) => await state.Client.AttemptAsync(state.Request, state.Read, context, context.CancellationToken),
                context,
                (Client: this, Request: request, Read: read));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Sends once: for callers that repeat by themselves.</summary>
    public Task<T> SendOnceAsync<T>(
        S3Request request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
        => AttemptAsync(request, read, context: null, cancellationToken);

    private async Task<T> AttemptAsync<T>(
        S3Request request,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        ResilienceContext? context,
        CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Silence + request.BodyTime);
        HttpResponseMessage? response = null;
        var kept = false;
        try
        {
            using var message = MessageFor(request);
            response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            if (!response.IsSuccessStatusCode && !request.Expected.Contains(response.StatusCode))
            {
                var fault = await S3Answer.FaultAsync(Description, _options.Region, request, response, deadline.Token);
                // A minute or two as MinIO asks for, each time, for an object that no waiting mends.
                context?.Properties.Set(RetryAfter, ObjectStoreFaults.IsAboutOneObject(fault) ? null : S3Answer.RetryAfter(response));
                throw fault;
            }

            var result = await read(response, deadline.Token);
            kept = request.KeepsResponse;
            return result;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ObjectStoreFaults.Silent(Description, request.Operation, (int)(Silence + request.BodyTime).TotalSeconds);
        }
        catch (HttpRequestException error) when (error.InnerException is AuthenticationException refused)
        {
            throw ObjectStoreFaults.UntrustedCertificate(Description, refused.Message);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw ObjectStoreFaults.Unreachable(Description, error.InnerException?.Message ?? error.Message);
        }
        finally
        {
            if (!kept)
            {
                response?.Dispose();
            }
        }
    }

    private HttpRequestMessage MessageFor(S3Request request)
    {
        var path = _address.PathOf(request.Key);
        var query = S3Address.QueryOf(request.Query);
        var message = new HttpRequestMessage(request.Method, _address.UriOf(path, query)) { Content = request.Content?.Invoke() };
        _signer.Sign(message, _address.Host, path, query);
        if (request.IfMatch is not null)
        {
            message.Headers.TryAddWithoutValidation("If-Match", $"\"{request.IfMatch}\"");
        }

        if (request.Offset > 0)
        {
            message.Headers.Range = new System.Net.Http.Headers.RangeHeaderValue(request.Offset, null);
        }

        return message;
    }
}
