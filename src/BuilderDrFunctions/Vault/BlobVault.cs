using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace BuilderDrFunctions.Vault;

/// <summary>A vault in an Azure blob container.</summary>
/// <remarks>
/// Small blobs go up in one conditional request, large ones in staged blocks that become visible by one conditional commit. Each upload marks
/// its blob (metadata <c>upload</c>), so that a conflict reported to a request that was sent again, because the answer to the first was
/// lost, is known for this upload's own success.
/// </remarks>
internal sealed class BlobVault : IVault, IDisposable
{
    private const int PageSize = 5_000;

    private readonly BlobContainerClient _container;
    private readonly bool _createIfMissing;
    private readonly SemaphoreSlim _preparing = new(1, 1);
    private readonly SemaphoreSlim _blocksInFlight = new(BlobUpload.BlocksInFlight, BlobUpload.BlocksInFlight);
    private volatile bool _prepared;

    /// <summary>Opens the container; nothing is sent before it is used.</summary>
    internal BlobVault(BlobContainerClient container, bool createIfMissing)
    {
        _container = container;
        _createIfMissing = createIfMissing;
        Description = container.Uri.GetLeftPart(UriPartial.Path);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public async Task CheckWritableAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        await WritableCheck.RunAsync(this, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<VaultEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        VaultPath.Check(path);
        await PrepareAsync(cancellationToken);
        return await SendAsync(path, "reading", async () =>
        {
            try
            {
                BlobProperties properties = await _container.GetBlobClient(path).GetPropertiesAsync(conditions: null, cancellationToken);
                return new VaultEntry(path, properties.ContentLength, BlobUpload.Version(properties.ETag), properties.LastModified);
            }
            catch (RequestFailedException e) when (IsAbsent(e))
            {
                return null;
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<VaultEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        VaultPath.CheckPrefix(prefix);
        await PrepareAsync(cancellationToken);
        await using var pages = _container
            .GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken)
            .AsPages(pageSizeHint: PageSize)
            .GetAsyncEnumerator(cancellationToken);
        var last = "";
        while (await SendAsync(prefix, "listing", () => pages.MoveNextAsync().AsTask(), cancellationToken))
        {
            foreach (var item in pages.Current.Values)
            {
                CheckOrder(last, item.Name);
                last = item.Name;
                var properties = item.Properties;
                yield return new VaultEntry(
                    item.Name, properties.ContentLength ?? 0, BlobUpload.Version(properties.ETag ?? default), properties.LastModified ?? default);
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        VaultPath.CheckFolder(prefix);
        await PrepareAsync(cancellationToken);
        await using var pages = _container
            .GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Prefix = prefix, Delimiter = "/" }, cancellationToken)
            .AsPages(pageSizeHint: PageSize)
            .GetAsyncEnumerator(cancellationToken);
        var last = "";
        while (await SendAsync(prefix, "listing", () => pages.MoveNextAsync().AsTask(), cancellationToken))
        {
            foreach (var folder in pages.Current.Values.Where(item => item.IsPrefix).Select(item => item.Prefix))
            {
                CheckOrder(last, folder);
                last = folder;
                yield return folder[prefix.Length..^1];
            }
        }
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string path, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        VaultPath.Check(path);
        await PrepareAsync(cancellationToken);
        var content = await SendAsync(path, "reading", async () =>
        {
            try
            {
                var options = offset == 0 ? new BlobDownloadOptions() : new BlobDownloadOptions { Range = new HttpRange(offset) };
                var response = await _container.GetBlobClient(path).DownloadStreamingAsync(options, cancellationToken);
                return response.Value.Content;
            }
            catch (RequestFailedException e) when (IsAbsent(e))
            {
                throw VaultFaults.BlobMissing(Description, path);
            }
            catch (RequestFailedException e) when (e.Status == 416)
            {
                return null;
            }
        }, cancellationToken);
        if (content is null)
        {
            // No byte at the offset: right at the end there is nothing to read, beyond it the blob is shorter than the caller thinks.
            var entry = await FindAsync(path, cancellationToken) ?? throw VaultFaults.BlobMissing(Description, path);
            return entry.Bytes == offset ? Stream.Null : throw VaultFaults.BeyondEnd(Description, path, offset);
        }

        return new TranslatingStream(content, e => BlobErrors.Translate(Description, path, "reading", e));
    }

    /// <inheritdoc/>
    public async Task<VaultWriter> CreateAsync(string path, long? expectedBytes, CancellationToken cancellationToken)
    {
        VaultPath.Check(path);
        await PrepareAsync(cancellationToken);
        return new BlobVaultWriter(new BlobUpload(_container.GetBlockBlobClient(path), Description, path, _blocksInFlight), expectedBytes);
    }

    /// <inheritdoc/>
    public async Task<string?> TryReplaceAsync(
        string path, ReadOnlyMemory<byte> content, string? ifVersion, CancellationToken cancellationToken)
    {
        VaultPath.Check(path);
        await PrepareAsync(cancellationToken);
        var conditions = ifVersion is null
            ? new BlobRequestConditions { IfNoneMatch = ETag.All }
            : new BlobRequestConditions { IfMatch = new ETag(ifVersion) };
        return await new BlobUpload(_container.GetBlockBlobClient(path), Description, path, _blocksInFlight)
            .PutAsync(content, conditions, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        VaultPath.Check(path);
        await PrepareAsync(cancellationToken);
        return await SendAsync(path, "deleting", async () => (await _container.GetBlobClient(path).DeleteIfExistsAsync(
            DeleteSnapshotsOption.IncludeSnapshots, conditions: null, cancellationToken)).Value, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _preparing.Dispose();
        _blocksInFlight.Dispose();
    }

    private static bool IsAbsent(RequestFailedException e) =>
        e.Status == 404 && !string.Equals(e.ErrorCode, BlobErrorCode.ContainerNotFound.ToString(), StringComparison.Ordinal);

    /// <summary>An account with a hierarchical namespace lists by folder; the merge joins of the layers above would miss objects.</summary>
    private void CheckOrder(string last, string next)
    {
        if (string.CompareOrdinal(last, next) >= 0)
        {
            throw VaultFaults.OutOfOrder(Description, last, next);
        }
    }

    /// <summary>Creates the container where it is missing and the credential may; whoever may not finds out by the request itself.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (_prepared || !_createIfMissing)
        {
            return;
        }

        await _preparing.WaitAsync(cancellationToken);
        try
        {
            if (!_prepared)
            {
                await SendAsync("", "creating the container", async () =>
                {
                    try
                    {
                        return await _container.CreateIfNotExistsAsync(PublicAccessType.None, metadata: null, encryptionScopeOptions: null, cancellationToken);
                    }
                    catch (RequestFailedException e) when (e.Status == 403 && !BlobErrors.IsWrongKey(e))
                    {
                        return null;
                    }
                }, cancellationToken);
                _prepared = true;
            }
        }
        finally
        {
            _preparing.Release();
        }
    }

    private async Task<T> SendAsync<T>(string path, string doing, Func<Task<T>> request, CancellationToken cancellationToken)
    {
        try
        {
            return await request();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && BlobErrors.Translate(Description, path, doing, e) is { } fault)
        {
            throw fault;
        }
    }
}
