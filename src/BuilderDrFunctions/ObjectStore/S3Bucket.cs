using BuilderDrFunctions.Faults;
using Minio;
using Minio.DataModel.Args;
using Minio.Exceptions;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>The bucket itself, through the MinIO client: whether it is there, and making it on a new machine.</summary>
/// <remarks>Objects do not go this way: the client rewrites keys that hold <c>//</c>, <c>.</c> or <c>..</c>, so they would be read and written as others.</remarks>
internal sealed class S3Bucket(ArtifactsOptions options, S3Address address)
{
    private TimeSpan Silence => TimeSpan.FromSeconds(options.SilenceSeconds);

    /// <summary>Whether the bucket is there; null when the endpoint would not say. A bucket's HEAD has no body that tells why.</summary>
    public async Task<bool?> TryExistsAsync(CancellationToken cancellationToken)
    {
        using var deadline = Deadline(cancellationToken);
        using var http = S3Transport.For(options);
        using var client = ClientOver(http);
        try
        {
            return await client.BucketExistsAsync(new BucketExistsArgs().WithBucket(options.Bucket), deadline.Token);
        }
        catch (Exception error) when (error is MinioException or HttpRequestException or IOException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Makes the bucket.</summary>
    /// <exception cref="FaultException">DR4003, DR4005, DR4014 or DR4017: it could not be made, or is there already.</exception>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        const string operation = "create the bucket";
        using var deadline = Deadline(cancellationToken);
        using var http = S3Transport.For(options);
        using var client = ClientOver(http);
        try
        {
            await client.MakeBucketAsync(new MakeBucketArgs().WithBucket(options.Bucket).WithLocation(options.Region), deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ObjectStoreFaults.Silent(address.Description, operation, (int)Silence.TotalSeconds);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw ObjectStoreFaults.Unreachable(address.Description, error.InnerException?.Message ?? error.Message);
        }
        catch (Exception error) when (error is AccessDeniedException or AuthorizationException)
        {
            throw ObjectStoreFaults.AccessDenied(address.Description, operation);
        }
        catch (MinioException error)
        {
            throw ObjectStoreFaults.Refused(address.Description, (int?)error.ServerResponse?.StatusCode ?? 0, operation, error.Response?.Code ?? error.GetType().Name);
        }
    }

    private CancellationTokenSource Deadline(CancellationToken cancellationToken)
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Silence);
        return deadline;
    }

    // Building changes the HTTP client's headers and time limit, so each MinIO client has its own over the shared connections.
    private IMinioClient ClientOver(HttpClient http) => new MinioClient()
        .WithEndpoint(address.Endpoint)
        .WithCredentials(options.AccessKey, options.SecretKey)
        .WithRegion(options.Region)
        .WithSSL(address.IsTls)
        .WithHttpClient(http)
        .Build();
}
