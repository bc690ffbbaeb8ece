using System.Security.Cryptography;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Org.BouncyCastle.Crypto.Digests;

namespace BuilderDrFunctions.Drill;

/// <summary>Looks for an artifact of every package that was restored, fetches a random sample of them and holds each against the database's own checksum of it.</summary>
public sealed class SampleArtifacts(
    ISiteDirectory sites, SetFiles files, StoredArtifacts stored, DamagedObjects damaged, IVault vault, DrillServer server, IOptions<DrillOptions> options,
    IOptions<RecoveryOptions> recovery, TimeProvider time, ILogger<SampleArtifacts> logger)
{
    private const int MostNamed = 20;

    /// <summary>Gives what was found.</summary>
    [Function(nameof(SampleArtifacts))]
    public Task<DrillSampleReceipt> RunAsync([ActivityTrigger] DrillProofOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.Drill.OperationId, "sample");
        return link.RunAsync(token => SampleAsync(order, link, token), cancellationToken);
    }

    private async Task<DrillSampleReceipt> SampleAsync(DrillProofOrder order, OperationLink link, CancellationToken cancellationToken)
    {
        var set = await files.GetAsync(order.Drill.Site, order.Label, cancellationToken);
        IReadOnlyList<InventoryEntry> sample;
        var unstored = new UnstoredPackages(MostNamed);
        try
        {
            await FindUnstoredAsync(order, set, unstored, cancellationToken);
            sample = await ChooseAsync(set, cancellationToken);
        }
        catch (PermanentFaultException fault) when (RecoveryFaults.IsDamage(fault))
        {
            return new DrillSampleReceipt(0, 0, 0, [new DrillFinding(DrillFindingKind.ArtifactDamaged, fault.Brief)]);
        }

        var checksums = await ChecksumsAsync(order, sample, cancellationToken);
        var findings = new List<DrillFinding>();
        var lost = new List<InventoryEntry>();
        var gate = new Lock();
        var begun = time.GetTimestamp();
        long objects = 0, bytes = 0;
        await Parallel.ForEachAsync(
            sample,
            new ParallelOptions { MaxDegreeOfParallelism = recovery.Value.Parallelism, CancellationToken = cancellationToken },
            async (entry, token) =>
            {
                var finding = await CheckAsync(order.Drill.Site, entry, checksums.GetValueOrDefault(entry.Key), token);
                lock (gate)
                {
                    objects++;
                    bytes += entry.Bytes;
                    link.Report(0, null, objects, sample.Count);
                    if (finding is not null)
                    {
                        findings.Add(finding);
                        if (finding.Kind != DrillFindingKind.ArtifactDiffers)
                        {
                            lost.Add(entry);
                        }
                    }
                }
            });

        // The next backup stores these anew. One that is stored as it was, and differs from the database, would be stored the same again.
        await damaged.AddAsync(order.Drill.Site, order.Drill.OperationId, lost, cancellationToken);
        return new DrillSampleReceipt(objects, bytes, Math.Round(time.GetElapsedTime(begun).TotalSeconds, 3), [.. unstored.Findings(), .. Shorten(findings)]);
    }

    /// <summary>The first of each kind, and how many more: a vault that lost a folder must not fill the history.</summary>
    internal static IReadOnlyList<DrillFinding> Shorten(IEnumerable<DrillFinding> findings) =>
    [
        .. findings.GroupBy(finding => finding.Kind).OrderBy(kind => kind.Key).SelectMany(kind => kind.Count() <= MostNamed
            ? kind
            : kind.Take(MostNamed).Append(new DrillFinding(kind.Key, $"and {kind.Count() - MostNamed} more artifacts of the sample likewise"))),
    ];

    private async Task FindUnstoredAsync(DrillProofOrder order, BackupManifest set, UnstoredPackages unstored, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Drill.Site);
        var postgres = await server.OpenAsync(site, cancellationToken);
        foreach (var database in order.Databases)
        {
            await postgres.UseAsync(database, (source, token) => FindUnstoredAsync(source, set, unstored, token), cancellationToken);
        }
    }

    private async Task<bool> FindUnstoredAsync(NpgsqlDataSource source, BackupManifest set, UnstoredPackages unstored, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        if (!await PackageChecksums.AreInAsync(connection, cancellationToken))
        {
            return false;
        }

        await using var inventory = await OpenInventoryAsync(set, cancellationToken);
        await unstored.AddAsync(PackageChecksums.ReadAsync(connection, cancellationToken), inventory.ReadAsync(cancellationToken), cancellationToken);
        return true;
    }

    private Task<InventoryReader> OpenInventoryAsync(BackupManifest set, CancellationToken cancellationToken) => InventoryReader.OpenAsync(
        vault, SetPaths.Set(set.Site, new BackupLabel(set.Label)) + set.Artifacts.InventoryPath,
        set.Files.Single(file => file.Path == set.Artifacts.InventoryPath).Sha256, cancellationToken);

    // Every artifact has the same chance, whatever their number: one pass, as many in memory as are chosen.
    private async Task<IReadOnlyList<InventoryEntry>> ChooseAsync(BackupManifest set, CancellationToken cancellationToken)
    {
        var most = options.Value.SampleArtifacts;
        var chosen = new List<InventoryEntry>(most);
        var seen = 0;
        await using var inventory = await OpenInventoryAsync(set, cancellationToken);
        await foreach (var entry in inventory.ReadAsync(cancellationToken))
        {
            if (entry.Name is null || most == 0)
            {
                continue;
            }

            seen++;
            if (chosen.Count < most)
            {
                chosen.Add(entry);
            }
            else if (RandomNumberGenerator.GetInt32(seen) is var place && place < most)
            {
                chosen[place] = entry;
            }
        }

        return chosen;
    }

    private async Task<Dictionary<string, string>> ChecksumsAsync(
        DrillProofOrder order, IReadOnlyList<InventoryEntry> sample, CancellationToken cancellationToken)
    {
        var checksums = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var site = sites.Open(order.Drill.Site);
        var postgres = await server.OpenAsync(site, cancellationToken);
        foreach (var database in order.Databases)
        {
            await postgres.UseAsync(database, (source, token) => ReadChecksumsAsync(source, sample, checksums, token), cancellationToken);
        }

        return checksums;
    }

    // The object's key is made of ident and target, as Builder makes it; the architecture ends at the target's first hyphen.
    private static async Task<bool> ReadChecksumsAsync(
        NpgsqlDataSource source, IReadOnlyList<InventoryEntry> sample, Dictionary<string, string> checksums, CancellationToken cancellationToken)
    {
        await using var has = source.CreateCommand(
            "SELECT count(*) = 3 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'origin_packages' AND column_name IN ('ident', 'target', 'checksum')");
        if (!(bool)(await has.ExecuteScalarAsync(cancellationToken))!)
        {
            return false;
        }

        await using var command = source.CreateCommand(
            """
            SELECT key, checksum
            FROM (
                SELECT ident || '/' || split_part(target, '-', 1) || '/' || substr(target, strpos(target, '-') + 1)
                       || '/' || replace(ident, '/', '-') || '-' || target || '.hart' AS key, checksum
                FROM public.origin_packages
            ) AS packages
            WHERE key = ANY ($1)
            """);
        command.CommandTimeout = 0;
        command.Parameters.Add(new NpgsqlParameter { Value = sample.Select(entry => entry.Key).ToArray() });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            checksums[rows.GetString(0)] = rows.GetString(1);
        }

        return true;
    }

    private async Task<DrillFinding?> CheckAsync(string site, InventoryEntry entry, string? checksum, CancellationToken cancellationToken)
    {
        var digest = new Blake2bDigest(256);
        try
        {
            await stored.ReadAsync(
                site,
                entry,
                piece =>
                {
                    digest.BlockUpdate(piece.Span);
                    return ValueTask.CompletedTask;
                },
                cancellationToken);
        }
        catch (PermanentFaultException fault) when (StoredArtifacts.IsLoss(fault))
        {
            var kind = fault.Code == RecoveryFaults.ObjectMissingCode ? DrillFindingKind.ArtifactMissing : DrillFindingKind.ArtifactDamaged;
            return new DrillFinding(kind, fault.Brief);
        }

        var found = new byte[32];
        digest.DoFinal(found);
        var hex = Convert.ToHexStringLower(found);
        return checksum is null || string.Equals(checksum, hex, StringComparison.OrdinalIgnoreCase)
            ? null
            : new DrillFinding(DrillFindingKind.ArtifactDiffers, $"artifact '{entry.Key}' has BLAKE2b {hex}, and the database says {checksum}");
    }
}
