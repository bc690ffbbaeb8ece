using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Vault;

/// <summary>Small documents in a vault, whole.</summary>
public static class VaultExtensions
{
    /// <summary>Reads a small file, or null when there is none; more than <paramref name="limit"/> bytes are a permanent fault.</summary>
    /// <remarks>The version was taken before the content: a replacement based on it fails if another one came between.</remarks>
    public static async Task<VaultDocument?> ReadSmallAsync(this IVault vault, string path, int limit, CancellationToken cancellationToken)
    {
        if (await vault.FindAsync(path, cancellationToken) is not { } entry)
        {
            return null;
        }

        if (entry.Bytes > limit)
        {
            throw VaultFaults.TooLarge(vault.Description, path, entry.Bytes, limit);
        }

        try
        {
            await using var stream = await vault.OpenReadAsync(path, 0, cancellationToken);
            // As large as it was found, which it nearly always still is: a list of sets reads hundreds, and the limit is in megabytes.
            var content = new byte[Math.Min(limit, entry.Bytes) + 1];
            var bytes = await stream.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellationToken);
            while (bytes == content.Length && bytes <= limit)
            {
                Array.Resize(ref content, (int)Math.Min(limit + 1L, content.Length * 2L));
                bytes += await stream.ReadAtLeastAsync(content.AsMemory(bytes), content.Length - bytes, throwOnEndOfStream: false, cancellationToken);
            }

            return bytes <= limit
                ? new VaultDocument(content[..bytes], entry.Version)
                : throw VaultFaults.TooLarge(vault.Description, path, bytes, limit);
        }
        catch (PermanentFaultException e) when (e.Code is VaultFaults.BlobMissingCode)
        {
            // Deleted since it was found.
            return null;
        }
    }

    /// <summary>Reads a small JSON document, or null when there is none; malformed JSON is a permanent fault.</summary>
    public static async Task<T?> ReadJsonAsync<T>(
        this IVault vault, string path, JsonTypeInfo<T> type, int limit, CancellationToken cancellationToken)
        where T : class
    {
        var note = await vault.ReadNoteAsync(path, type, limit, cancellationToken);
        return note.Damage is null ? note.Value : throw note.Damage;
    }

    /// <summary>Reads a small JSON document that can be made anew when it is lost: malformed JSON is told, not thrown, and can be replaced.</summary>
    public static async Task<VaultNote<T>> ReadNoteAsync<T>(
        this IVault vault, string path, JsonTypeInfo<T> type, int limit, CancellationToken cancellationToken)
        where T : class
    {
        if (await vault.ReadSmallAsync(path, limit, cancellationToken) is not { } document)
        {
            return new VaultNote<T>(null, null, null);
        }

        try
        {
            var value = JsonSerializer.Deserialize(document.Content, type);
            return new VaultNote<T>(value, document.Version, value is null ? VaultFaults.Malformed(vault.Description, path, line: 0) : null);
        }
        catch (JsonException e)
        {
            // The exception's own text may quote the document.
            return new VaultNote<T>(null, document.Version, VaultFaults.Malformed(vault.Description, path, e.LineNumber));
        }
    }

    /// <summary>Writes a small immutable file; false when one was already there, which is left as it was.</summary>
    public static async Task<bool> TryCreateAsync(
        this IVault vault, string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await using var writer = await vault.CreateAsync(path, content.Length, cancellationToken);
        await writer.Content.WriteAsync(content, cancellationToken);
        return await writer.CommitAsync(cancellationToken);
    }

    /// <summary>Writes a small immutable JSON document; false when one was already there, which is left as it was.</summary>
    public static Task<bool> TryCreateJsonAsync<T>(
        this IVault vault, string path, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        vault.TryCreateAsync(path, JsonSerializer.SerializeToUtf8Bytes(value, type), cancellationToken);
}

/// <summary>A small file read whole.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="Version">For <see cref="IVault.TryReplaceAsync"/>.</param>
public sealed record VaultDocument(byte[] Content, string Version);

/// <summary>A small JSON document that is kept and replaced.</summary>
/// <param name="Value">Null: there is none, or it is damaged.</param>
/// <param name="Version">For <see cref="IVault.TryReplaceAsync"/>; null: there is none.</param>
/// <param name="Damage">DR5015, where it is not the JSON it should be.</param>
public sealed record VaultNote<T>(T? Value, string? Version, PermanentFaultException? Damage)
    where T : class;
