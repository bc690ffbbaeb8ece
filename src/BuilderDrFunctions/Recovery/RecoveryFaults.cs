using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Recovery;

/// <summary>What can be wrong with a set that is read back, DR8000 to DR8029; docs/errors/restore.md lists them.</summary>
public static class RecoveryFaults
{
    /// <summary>The number of a dump or file that is not as its manifest says.</summary>
    public const string FileDamagedCode = "DR8001";

    /// <summary>The number of a file that is not there.</summary>
    public const string FileMissingCode = "DR8002";

    /// <summary>The number of a database that is not what was backed up.</summary>
    public const string FingerprintDiffersCode = "DR8004";

    /// <summary>The number of a stored artifact that is not as the inventory says.</summary>
    public const string ObjectDamagedCode = "DR8005";

    /// <summary>The number of a stored artifact that is not there.</summary>
    public const string ObjectMissingCode = "DR8006";

    private const int MostNamed = 10;

    /// <summary>Whether a fault says that a file of a set is not as it was written: a finding about the set. Any other is about what reads it.</summary>
    public static bool IsDamage(FaultException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.Code is FileDamagedCode or FileMissingCode or PostgresFaults.ArchiveDamagedCode || InventoryFaults.IsUnreadable(fault) || VaultFaults.IsDamage(fault);
    }

    /// <summary>A file of a set is not as it was written.</summary>
    public static PermanentFaultException FileDamaged(string label, string path, string why) =>
        new(FileDamagedCode, $"'{path}' of backup set {label} is damaged: {why}", "use another set (GET /api/backups), or bring this file back from a second copy of the vault");

    /// <summary>A file that the manifest names is not in the vault.</summary>
    public static PermanentFaultException FileMissing(string label, string path) =>
        new(FileMissingCode, $"'{path}' of backup set {label} is not in the vault", "use another set (GET /api/backups), or bring this file back from a second copy of the vault");

    /// <summary>The set is no longer, or was never, committed.</summary>
    public static PermanentFaultException NoSuchSet(string site, string label) =>
        new("DR8003", $"there is no committed backup set {label} of site '{site}': it never was, or it has expired", "GET /api/backups lists the sets there are");

    /// <summary>The restored database is not what the fingerprint says.</summary>
    public static PermanentFaultException FingerprintDiffers(string database, string label, IReadOnlyList<string> differences) =>
        new(FingerprintDiffersCode,
            $"the database restored from dump '{database}' of set {label} is not what was backed up: {string.Join("; ", differences.Take(MostNamed))}"
            + (differences.Count > MostNamed ? $"; and {differences.Count - MostNamed} more differences" : ""),
            "nothing live was changed; restore another set, and report this one");

    /// <summary>A stored artifact is not what its inventory says.</summary>
    public static PermanentFaultException ObjectDamaged(string key, string path, string why) =>
        new(ObjectDamagedCode, $"artifact '{key}' at '{path}' in the vault is damaged: {why}",
            "let POST /api/backups/{id}/verify find all that are damaged, then back up: what the bucket still has is stored anew; else use another set, or bring this file back from a second copy of the vault");

    /// <summary>A stored artifact is gone.</summary>
    public static PermanentFaultException ObjectMissing(string key, string path) =>
        new(ObjectMissingCode, $"artifact '{key}' is not in the vault at '{path}'",
            "let POST /api/backups/{id}/verify find all that are missing, then back up: what the bucket still has is stored anew; else use another set, or bring this file back from a second copy of the vault");

    /// <summary>The dump is of a newer PostgreSQL than the target.</summary>
    public static PermanentFaultException NewerDump(string database, string dumped, string server, string target) =>
        new("DR8007", $"dump '{database}' is of PostgreSQL {dumped}, and the target {server} has {target}", "restore to a server of the same or a newer major version");

    /// <summary>pg_restore cannot read what a newer pg_dump wrote.</summary>
    public static PermanentFaultException OlderTool(string database, string dumpedBy, string tool) =>
        new("DR8008", $"dump '{database}' was written by pg_dump {dumpedBy}, and pg_restore here has {tool}", "install PostgreSQL client tools of that major version or newer, and point Sites__<site>__Postgres__Tools at them");

    /// <summary>The role may not create databases.</summary>
    public static PermanentFaultException CannotCreate(string server, string role) =>
        new("DR8009", $"role '{role}' may not create databases on {server}", $"let it: ALTER ROLE \"{role}\" CREATEDB");

    /// <summary>The disk is too small.</summary>
    public static PermanentFaultException DiskTooSmall(string where, long needed, long free) =>
        new("DR8010", $"a restore needs about {needed} bytes on {where}, and {free} are free", "free some, move the data folder to a larger disk, or lower Restore__DiskReserveBytes if you know better");

    /// <summary>The server is a standby.</summary>
    public static PermanentFaultException ReadOnlyServer(string server) =>
        new("DR8011", $"{server} is a read-only standby", "point the site at the primary, or promote this one");

    /// <summary>The database just made is not there.</summary>
    public static TransientFaultException NotReachable(string server, string database) =>
        new("DR8012", $"database '{database}' was created on {server} and cannot be reached there", "check that all connections lead to one and the same server; the step is tried again");

    /// <summary>The role Builder connects as is not there.</summary>
    public static PermanentFaultException NoOwner(string server, string owner) =>
        new("DR8013", $"role '{owner}', which Builder's database is to belong to, does not exist on {server}",
            $"create it as Builder's installer would (CREATE ROLE \"{owner}\" LOGIN PASSWORD '…'), or name the role that Builder connects as in Sites__<site>__Postgres__Owner");

    /// <summary>The role may not make anything that belongs to Builder's.</summary>
    public static PermanentFaultException NotMember(string server, string role, string owner) =>
        new("DR8014", $"role '{role}' may not act as '{owner}' on {server}, which Builder's database belongs to: Builder could not read what it restores",
            $"let it: GRANT \"{owner}\" TO \"{role}\"");

    /// <summary>What was restored is another role's.</summary>
    public static PermanentFaultException OwnerDiffers(string database, string found, string owner) =>
        new("DR8015", $"the restored database '{database}' or something in it belongs to '{found}' and not to '{owner}'",
            "nothing live was changed; look for an event trigger or a person that changes owners on this server, then restore again");
}
