using BuilderDrFunctions.Postgres;

namespace BuilderDrFunctions.Catalog;

/// <summary>Where everything lies in the vault. The formats are described in this folder's README.md.</summary>
public static class SetPaths
{
    /// <summary>Everything of a site.</summary>
    public static string Site(string site) => $"sites/{site}/";

    /// <summary>All sets of a site.</summary>
    public static string Sets(string site) => $"sites/{site}/sets/";

    /// <summary>One set.</summary>
    public static string Set(string site, BackupLabel label) => $"sites/{site}/sets/{label}/";

    /// <summary>A path in the vault as the set's manifest names it.</summary>
    public static string WithinSet(string path) => string.Join('/', path.Split('/').Skip(4));

    /// <summary>The commit point of a set: without it the set does not exist.</summary>
    public static string Manifest(string site, BackupLabel label) => Set(site, label) + "manifest.json";

    /// <summary>In a second vault: the set is being copied there. Gone once it is committed; where it stays beside a manifest it says nothing.</summary>
    public static string Copying(string site, BackupLabel label) => Set(site, label) + "copying.json";

    /// <summary>One database's dump.</summary>
    public static string Dump(string site, BackupLabel label, string database, DumpCompression compression) =>
        Set(site, label) + $"dumps/{database}.dump" + (compression == DumpCompression.Zstd ? ".zst" : "");

    /// <summary>One database's fingerprint.</summary>
    public static string Fingerprint(string site, BackupLabel label, string database) => Set(site, label) + $"dumps/{database}.fingerprint.json";

    /// <summary>The set's list of artifacts.</summary>
    public static string Inventory(string site, BackupLabel label) => Set(site, label) + "inventory.jsonl.zst";

    /// <summary>What each artifact must hash to, as the dumped database says.</summary>
    public static string Checksums(string site, string operationId, string database) => Run(site, operationId) + $"checksums-{database}.jsonl.zst";

    /// <summary>Builder's keys and configuration, encrypted.</summary>
    public static string Configuration(string site, BackupLabel label) => Set(site, label) + "configuration.tar.enc";

    /// <summary>That a set expired; what is left of it.</summary>
    public static string Expired(string site, BackupLabel label) => $"sites/{site}/expired/{label}.json";

    /// <summary>The scratch of all runs of a site.</summary>
    public static string Runs(string site) => $"sites/{site}/runs/";

    /// <summary>What verifications of a set and drills with it found; not part of the set.</summary>
    public static string Verdicts(string site, BackupLabel label) => Set(site, label) + "verdicts/";

    /// <summary>What one run found.</summary>
    public static string Verdict(string site, BackupLabel label, string operationId) => $"{Verdicts(site, label)}{operationId}.json";

    /// <summary>What a run keeps while it is under way: work lists, receipts. Removed when it has ended.</summary>
    public static string Run(string site, string operationId) => $"{Runs(site)}{operationId}/";

    /// <summary>What verifications and drills found damaged or lost among a site's stored objects.</summary>
    public static string Damaged(string site) => $"sites/{site}/damaged/";

    /// <summary>The same while a verification is under way: one file a batch, by number.</summary>
    public static string DamagedInBatch(string site, string operationId) => Run(site, operationId) + "damaged-";

    /// <summary>The durable wish that a stopped API be started again, whatever becomes of the run that stopped it.</summary>
    public static string MustRestart(string site) => $"sites/{site}/must-restart.json";
}
