namespace BuilderDrFunctions.ObjectStore;

/// <summary>An open object. Dispose it to free the connection.</summary>
public sealed class ObjectBody(Stream content, long bytes, string eTag, IDisposable? owner) : IAsyncDisposable
{
    /// <summary>The bytes from the offset asked for.</summary>
    public Stream Content { get; } = content;

    /// <summary>The size of the whole object.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>Bare, without quotes.</summary>
    public string ETag { get; } = eTag;

    /// <summary>UTC; null when the store does not say.</summary>
    public DateTimeOffset? ModifiedAt { get; init; }

    /// <summary>Whether the ETag should be the content's MD5: 32 hex digits, and the store did not say that it encrypts with a key of its own.</summary>
    public bool IsETagMd5 { get; init; }

    /// <summary>Whether an ETag has the form of an MD5: those of objects put in parts have not, and of those that have not all are one.</summary>
    public static bool LooksLikeMd5(string eTag) => eTag is { Length: 32 } && eTag.All(char.IsAsciiHexDigitLower);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Content.DisposeAsync();
        owner?.Dispose();
    }
}
