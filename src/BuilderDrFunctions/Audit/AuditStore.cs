using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Audit;

/// <summary>The trail's records in the vault: <c>audit/0000000/0000000001.json</c>, a thousand a folder, and <c>audit/head.json</c>.</summary>
internal sealed class AuditStore(IVault vault)
{
    private const string Root = "audit/";
    private const string HeadPath = Root + "head.json";
    private const int RecordLimit = 64 * 1024;
    private const int RecordsPerFolder = 1000;

    /// <summary>Where a record lies.</summary>
    public static string PathOf(long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{Root}{sequence / RecordsPerFolder:D7}/{sequence:D10}.json");

    /// <summary>Puts a record down; false when its number is taken.</summary>
    public Task<bool> TryCreateAsync(long sequence, byte[] content, CancellationToken cancellationToken) =>
        vault.TryCreateAsync(PathOf(sequence), content, cancellationToken);

    /// <summary>A record with its digest; null when it is not there.</summary>
    public async Task<StoredRecord?> FindAsync(long sequence, CancellationToken cancellationToken) =>
        await vault.ReadSmallAsync(PathOf(sequence), RecordLimit, cancellationToken) is { } document
            ? new StoredRecord(Parse(document.Content), Convert.ToHexStringLower(SHA256.HashData(document.Content)))
            : null;

    /// <summary>Moves the head on; one that is further already stays.</summary>
    public async Task MoveHeadAsync(AuditHead head, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await ReadHeadAsync(cancellationToken);
            if (found.Value is { } known && known.Sequence >= head.Sequence
                || await vault.TryReplaceAsync(HeadPath, JsonSerializer.SerializeToUtf8Bytes(head, CatalogJson.Options), found.Version, cancellationToken) is not null)
            {
                return;
            }
        }
    }

    /// <summary>The end of the trail: that of the records or that of the head, whichever is further. Records that the head knows and that are gone stay a gap.</summary>
    /// <remarks>Where the head is damaged, the records alone tell; the next one appended makes it anew.</remarks>
    public async Task<AuditEnd> FindEndAsync(CancellationToken cancellationToken)
    {
        var note = await ReadHeadAsync(cancellationToken);
        string? folder = null;
        await foreach (var name in vault.ListFoldersAsync(Root, cancellationToken))
        {
            folder = name;
        }

        var last = 0L;
        if (folder is not null)
        {
            await foreach (var entry in vault.ListAsync($"{Root}{folder}/", cancellationToken))
            {
                last = SequenceOf(entry.Path) ?? last;
            }
        }

        var head = note.Value ?? AuditHead.Empty;
        return new AuditEnd(last > head.Sequence && await FindAsync(last, cancellationToken) is { } record ? new AuditHead(last, record.Sha256) : head, note.Damage);
    }

    private Task<VaultNote<AuditHead>> ReadHeadAsync(CancellationToken cancellationToken) =>
        vault.ReadNoteAsync(HeadPath, CatalogJson.Of<AuditHead>(), RecordLimit, cancellationToken);

    private static AuditRecord? Parse(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, CatalogJson.Of<AuditRecord>());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static long? SequenceOf(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : null;
}

/// <summary>A record as it lies in the vault.</summary>
/// <param name="Record">Null when it cannot be read as one.</param>
/// <param name="Sha256">Of its bytes.</param>
internal sealed record StoredRecord(AuditRecord? Record, string Sha256);

/// <summary>Where the trail ends.</summary>
/// <param name="Head">The end.</param>
/// <param name="Damage">What is wrong with <c>audit/head.json</c>, where something is.</param>
internal sealed record AuditEnd(AuditHead Head, FaultException? Damage);
