using System.Net;
using System.Runtime.CompilerServices;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>A bucket behind S3's HTTP interface: MinIO, AWS S3, Ceph.</summary>
/// <remarks>
/// The bucket is looked for and made through the MinIO client. Objects are not: the client (7.0.0) rewrites keys with <c>//</c>, <c>.</c> or
/// <c>..</c>, lists from no given key on, takes some unreadable listings for an empty bucket, asks three times per read, never sends If-Match and
/// cannot resume a body.
/// </remarks>
public sealed class S3ObjectStore : IObjectStore
{
    private readonly S3Client _client;
    private readonly S3Upload _upload;

    /// <summary>Opens a bucket; nothing is sent yet.</summary>
    /// <exception cref="Faults.PermanentFaultException">DR4001, DR4002 or DR4010: the settings cannot be right.</exception>
    public S3ObjectStore(ArtifactsOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        _client = new S3Client(options, clock);
        _upload = new S3Upload(_client);
    }

    /// <inheritdoc/>
    public string Description => _client.Description;

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancellationToken) => await ListPageAsync("", null, null, null, 1, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> ExistsAsync(CancellationToken cancellationToken)
    {
        if (await _client.Bucket.TryExistsAsync(cancellationToken) is { } exists)
        {
            return exists;
        }

        await CheckAsync(cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _client.Bucket.CreateAsync(cancellationToken);
        }
        catch (Faults.FaultException) when (!cancellationToken.IsCancellationRequested)
        {
            // Somebody else, or an earlier attempt whose answer was lost, may have made it.
            if (await _client.Bucket.TryExistsAsync(cancellationToken) is not true)
            {
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var previous = startAfter;
        string? token = null;
        do
        {
            var page = await ListPageAsync(prefix, startAfter, token, null, 1000, cancellationToken);
            if (page.Next is not null && (string.Equals(page.Next, token, StringComparison.Ordinal) || page.Objects.Count == 0))
            {
                throw ObjectStoreFaults.NotAListing(Description, "its pages do not advance");
            }

            foreach (var entry in page.Objects)
            {
                // A listing out of order would make every merge join behind it wrong.
                if (previous is not null && KeyOrder.Compare(entry.Key, previous) <= 0)
                {
                    throw ObjectStoreFaults.NotAListing(Description, $"'{entry.Key}' comes after '{previous}'");
                }

                previous = entry.Key;
                yield return entry;
            }

            token = page.Next;
        }
        while (token is not null);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? token = null;
        do
        {
            var page = await ListPageAsync(prefix, null, token, "/", 1000, cancellationToken);
            foreach (var folder in page.Prefixes)
            {
                yield return folder;
            }

            if (page.Next is not null && string.Equals(page.Next, token, StringComparison.Ordinal))
            {
                throw ObjectStoreFaults.NotAListing(Description, "its pages do not advance");
            }

            token = page.Next;
        }
        while (token is not null);
    }

    /// <inheritdoc/>
    public async Task<ObjectBody?> OpenReadAsync(string key, string? ifETag, long offset, CancellationToken cancellationToken)
    {
        var request = new S3Request(HttpMethod.Get, key, $"read '{key}'")
        {
            IfMatch = ifETag,
            Offset = offset,
            Expected = [HttpStatusCode.NotFound, HttpStatusCode.PreconditionFailed],
            KeepsResponse = true,
        };
        return await _client.SendAsync(request, (response, token) => TakeOverAsync(request, response, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task PutAsync(string key, Stream content, long bytes, CancellationToken cancellationToken)
        => _upload.PutAsync(key, content, bytes, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAsync(string key, CancellationToken cancellationToken)
        => _client.SendAsync(
            new S3Request(HttpMethod.Delete, key, $"delete '{key}'"), static (_, _) => Task.FromResult(true), cancellationToken);

    private async Task<ObjectBody?> TakeOverAsync(S3Request request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var key = request.Key!;
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.PreconditionFailed)
        {
            var error = await S3Answer.ReadXmlAsync(response, cancellationToken);
            response.Dispose();
            return error?.Element("Code")?.Value is "NoSuchBucket" ? throw ObjectStoreFaults.BucketMissing(Description) : null;
        }

        var eTag = S3Answer.ETagOf(response);
        if (eTag is null || (request.IfMatch is not null && !string.Equals(eTag, request.IfMatch, StringComparison.Ordinal)))
        {
            throw ObjectStoreFaults.WrongAnswer(Description, key, $"its ETag is {eTag ?? "absent"}");
        }

        var total = request.Offset == 0 ? response.Content.Headers.ContentLength : response.Content.Headers.ContentRange?.Length;
        if (total is null || (request.Offset > 0 && response.Content.Headers.ContentRange?.From != request.Offset))
        {
            throw ObjectStoreFaults.WrongAnswer(Description, key, "its length or range is absent");
        }

        var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        var stream = new S3ObjectStream(_client, key, eTag, request.Offset, total.Value, response, source);
        return new ObjectBody(stream, total.Value, eTag, owner: null)
        {
            ModifiedAt = response.Content.Headers.LastModified,
            IsETagMd5 = S3Answer.IsETagMd5(response, eTag),
        };
    }

    private async Task<S3ListPage> ListPageAsync(
        string prefix, string? startAfter, string? token, string? delimiter, int most, CancellationToken cancellationToken)
    {
        List<KeyValuePair<string, string>> query =
            [new("list-type", "2"), new("encoding-type", "url"), new("max-keys", most.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        Add(query, "prefix", prefix);
        Add(query, "delimiter", delimiter);
        // Behind the first page the token says where to go on; some endpoints let start-after win over it.
        Add(query, token is null ? "start-after" : "continuation-token", token ?? startAfter);
        var page = new S3Request(HttpMethod.Get, null, "list the bucket") { Query = query };
        return await _client.SendAsync(
            page,
            async (response, deadline) =>
            {
                using var body = new MemoryStream();
                await response.Content.CopyToAsync(body, deadline);
                body.Position = 0;
                return S3ListPage.Read(body, Description);
            },
            cancellationToken);
    }

    private static void Add(List<KeyValuePair<string, string>> query, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            query.Add(new(name, value));
        }
    }
}
