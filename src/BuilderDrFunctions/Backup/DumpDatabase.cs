using System.Security.Cryptography;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace BuilderDrFunctions.Backup;

/// <summary>Dumps one database straight into the vault, with the fingerprint of the very snapshot it shows.</summary>
public sealed class DumpDatabase(
    ISiteDirectory sites, IVault vault, IOptions<DumpOptions> options, TimeProvider time, ILogger<DumpDatabase> logger)
{
    private const int ReceiptLimit = 64 * 1024;

    /// <summary>Stores dump and fingerprint, and returns their receipt. Run again after a crash, it returns the receipt or begins anew.</summary>
    [Function(nameof(DumpDatabase))]
    public Task<DumpReceipt> RunAsync([ActivityTrigger] DumpOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, order.Database);
        return link.RunAsync(token => DumpAsync(order, link, token), cancellationToken);
    }

    private async Task<DumpReceipt> DumpAsync(DumpOrder order, OperationLink link, CancellationToken cancellationToken)
    {
        // The receipt is written last: with it the work is done, without it whatever lies there is half of an earlier attempt.
        var receiptPath = SetPaths.Run(order.Site, order.OperationId) + $"dump-{order.Database}.json";
        if (await vault.ReadJsonAsync(receiptPath, CatalogJson.Of<DumpReceipt>(), ReceiptLimit, cancellationToken) is { } earlier)
        {
            return earlier;
        }

        var label = new BackupLabel(order.Label);
        var compression = options.Value.Compression;
        var dumpPath = SetPaths.Dump(order.Site, label, order.Database, compression);
        await vault.DeleteAsync(dumpPath, cancellationToken);

        await using var site = sites.Open(order.Site);
        var postgres = await site.GetPostgresAsync(cancellationToken);
        var total = (await postgres.FindDatabaseAsync(order.Database, cancellationToken))?.Bytes;
        var snapshotAt = time.GetUtcNow();
        string? checksumsPath = null;
        DumpFacts facts;
        await using (var writer = await vault.CreateAsync(dumpPath, null, cancellationToken))
        {
            var progress = new DumpProgressReport(link, total);
            var request = new DumpRequest(order.Database, compression)
            {
                ReadInSnapshot = async (snapshot, token) => checksumsPath = await StoreChecksumsAsync(order, snapshot, token),
            };
            facts = await postgres.DumpAsync(request, writer.Content, progress, cancellationToken);
            await writer.CommitAsync(cancellationToken);
        }

        var fingerprintFile = await StoreFingerprintAsync(order, label, facts.Fingerprint, cancellationToken);
        var rows = facts.Fingerprint.Tables.Sum(table => table.Rows);
        var receipt = new DumpReceipt(
            snapshotAt,
            new DatabaseRecord(
                order.Database, SetPaths.WithinSet(dumpPath), compression == DumpCompression.Zstd ? "zstd" : "gzip", facts.StoredBytes, facts.ArchiveBytes,
                facts.ServerVersion, facts.ToolVersion, rows, facts.Fingerprint.Tables.Count, fingerprintFile.Path, facts.Fingerprint.Digest,
                Math.Round(facts.Elapsed.TotalSeconds, 3)),
            [new SetFile(SetPaths.WithinSet(dumpPath), facts.StoredBytes, facts.StoredSha256), fingerprintFile],
            checksumsPath);
        await vault.TryCreateJsonAsync(receiptPath, receipt, CatalogJson.Of<DumpReceipt>(), cancellationToken);
        logger.DumpStored(order.Database, facts.StoredBytes, facts.ArchiveBytes, rows, facts.Fingerprint.Tables.Count);
        return receipt;
    }

    private async Task<string?> StoreChecksumsAsync(DumpOrder order, NpgsqlConnection snapshot, CancellationToken cancellationToken)
    {
        if (!await PackageChecksums.AreInAsync(snapshot, cancellationToken))
        {
            return null;
        }

        var path = SetPaths.Checksums(order.Site, order.OperationId, order.Database);
        await vault.DeleteAsync(path, cancellationToken);
        await InventoryChecksums.WriteAsync(vault, path, PackageChecksums.ReadAsync(snapshot, cancellationToken), cancellationToken);
        return path;
    }

    private async Task<SetFile> StoreFingerprintAsync(DumpOrder order, BackupLabel label, DatabaseFingerprint fingerprint, CancellationToken cancellationToken)
    {
        var path = SetPaths.Fingerprint(order.Site, label, order.Database);
        var content = JsonSerializer.SerializeToUtf8Bytes(fingerprint, CatalogJson.Options);
        await vault.DeleteAsync(path, cancellationToken);
        await vault.TryCreateAsync(path, content, cancellationToken);
        return new SetFile(SetPaths.WithinSet(path), content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    private sealed class DumpProgressReport(OperationLink link, long? databaseBytes) : IProgress<DumpProgress>
    {
        // The archive's size is not known beforehand; the database's size on disk is of its order of magnitude.
        public void Report(DumpProgress value) => link.Report(value.ArchiveBytes, databaseBytes is { } total ? Math.Max(total, value.ArchiveBytes) : null);
    }
}
