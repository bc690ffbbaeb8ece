namespace BuilderDrFunctions.ObjectStore;

/// <summary>One S3 bucket: the artifacts of a Builder.</summary>
/// <remarks>Implementations translate errors into <see cref="Faults.FaultException"/>s (DR4xxx) whose text holds no secret.</remarks>
public interface IObjectStore
{
    /// <summary>Endpoint and bucket, for messages.</summary>
    string Description { get; }

    /// <summary>Proves that the bucket exists and can be listed; throws a fault naming the cause if not.</summary>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>Whether the bucket is there; throws a fault naming the cause when that cannot be told.</summary>
    Task<bool> ExistsAsync(CancellationToken cancellationToken);

    /// <summary>Makes the bucket; one that is there already is no error.</summary>
    Task CreateAsync(CancellationToken cancellationToken);

    /// <summary>The objects, streamed page by page, in the binary order of their UTF-8 keys.</summary>
    /// <param name="prefix">Only keys that begin so; empty: all.</param>
    /// <param name="startAfter">Only keys behind this one; null: from the first.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken);

    /// <summary>The prefixes one level below <paramref name="prefix"/> (whole, each ending in <c>/</c>), in the order of the listing.</summary>
    IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Opens one version of an object from <paramref name="offset"/> on, in one request.</summary>
    /// <returns>Null when the object is gone or no longer has that ETag.</returns>
    Task<ObjectBody?> OpenReadAsync(string key, string? ifETag, long offset, CancellationToken cancellationToken);

    /// <summary>Writes an object of known size; large ones in parts.</summary>
    Task PutAsync(string key, Stream content, long bytes, CancellationToken cancellationToken);

    /// <summary>Removes an object; one that is not there is no error.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);
}
