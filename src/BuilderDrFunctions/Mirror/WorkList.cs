using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Mirror;

/// <summary>A batch's objects, or its receipt, as JSON lines in the vault: small enough to be held in memory, written once.</summary>
internal static class WorkList
{
    /// <summary>Writes a list unless there is one.</summary>
    /// <param name="vault">Where to.</param>
    /// <param name="path">Its path.</param>
    /// <param name="head">The first line's object; null: none.</param>
    /// <param name="entries">The lines.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task WriteAsync(
        IVault vault, string path, BatchReceipt? head, IEnumerable<InventoryEntry> entries, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await using (var json = new Utf8JsonWriter(content, new JsonWriterOptions { SkipValidation = true }))
        {
            if (head is not null)
            {
                JsonSerializer.Serialize(json, head);
                EndLine(content, json);
            }

            foreach (var entry in entries)
            {
                json.WriteStartObject();
                json.WriteString("key"u8, entry.Key);
                InventoryFormat.Write(json, entry);
                json.WriteEndObject();
                EndLine(content, json);
            }
        }

        await using var blob = await vault.CreateAsync(path, content.Length, cancellationToken);
        await blob.Content.WriteAsync(content.GetBuffer().AsMemory(0, (int)content.Length), cancellationToken);
        await blob.CommitAsync(cancellationToken);
    }

    /// <summary>Reads a batch's objects.</summary>
    public static async Task<List<InventoryEntry>> ReadAsync(IVault vault, string path, CancellationToken cancellationToken)
    {
        var (_, entries) = await ReadAsync(vault, path, hasHead: false, cancellationToken);
        return entries.Count > 0 ? entries : throw MirrorFaults.WorkLost(path);
    }

    /// <summary>Reads a batch's receipt.</summary>
    public static async Task<(BatchReceipt Head, List<InventoryEntry> Entries)> ReadReceiptAsync(IVault vault, string path, CancellationToken cancellationToken)
    {
        var (head, entries) = await ReadAsync(vault, path, hasHead: true, cancellationToken);
        return (head ?? throw MirrorFaults.WorkLost(path), entries);
    }

    private static async Task<(BatchReceipt? Head, List<InventoryEntry> Entries)> ReadAsync(
        IVault vault, string path, bool hasHead, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        try
        {
            await using (var blob = await vault.OpenReadAsync(path, 0, cancellationToken))
            {
                await blob.CopyToAsync(content, cancellationToken);
            }

            return Parse(content.GetBuffer().AsMemory(0, (int)content.Length), hasHead);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            throw MirrorFaults.WorkLost(path);
        }
        catch (PermanentFaultException fault) when (MirrorFaults.IsLoss(fault))
        {
            throw MirrorFaults.WorkLost(fault);
        }
    }

    private static (BatchReceipt? Head, List<InventoryEntry> Entries) Parse(ReadOnlyMemory<byte> rest, bool hasHead)
    {
        BatchReceipt? head = null;
        List<InventoryEntry> entries = [];
        while (rest.Length > 0)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            var line = end < 0 ? throw new FormatException("the last line is cut") : rest[..end];
            rest = rest[(end + 1)..];
            if (hasHead && head is null)
            {
                head = JsonSerializer.Deserialize<BatchReceipt>(line.Span);
            }
            else
            {
                entries.Add(InventoryFormat.Read(line));
            }
        }

        return (head, entries);
    }

    private static void EndLine(MemoryStream content, Utf8JsonWriter json)
    {
        json.Flush();
        json.Reset();
        content.WriteByte((byte)'\n');
    }
}
