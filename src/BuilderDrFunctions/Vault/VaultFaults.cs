using System.Globalization;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Vault;

/// <summary>Every fault of the vault, numbered; listed for operators in docs/errors/vault.md.</summary>
internal static class VaultFaults
{
    internal const string BlobMissingCode = "DR5006";

    /// <summary>Whether the vault refuses to let one blob go, while it may let others go: removing goes on with the rest.</summary>
    internal static bool IsRefusedRemoval(FaultException fault) => fault.Code is "DR5009" or "DR5019" or "DR5028";

    /// <summary>Whether the vault has no room.</summary>
    internal static bool IsFull(FaultException fault) => fault.Code is "DR5005";

    /// <summary>Whether a fault says that what is stored is not what was written, and not that it cannot be had now.</summary>
    internal static bool IsDamage(FaultException fault) => fault.Code is BlobMissingCode or "DR5016" or "DR5023" or "DR5024" or "DR5025";

    /// <summary>Whether a fault says that a small document is none that this app wrote.</summary>
    internal static bool IsNotJson(FaultException fault) => fault.Code is "DR5014" or "DR5015";

    /// <summary>Whether a package was encrypted with another key than the configured one.</summary>
    internal static bool IsOtherKey(FaultException fault) => fault.Code is "DR5022";

    internal static TransientFaultException Unreachable(string vault, string cause) => new(
        "DR5001", $"the vault {vault} cannot be reached: {cause}",
        "check that the storage service runs, and name resolution, firewall and proxy between here and there; the step is tried again");

    internal static PermanentFaultException AccessRefused(string vault, string doing, string cause) => new(
        "DR5002", $"the vault {vault} refuses {doing}: {cause}",
        "check Vault__AccountKey or Vault__ConnectionString; with a managed identity give it the role 'Storage Blob Data Contributor' on the container; a key that was rotated must be replaced here too");

    internal static PermanentFaultException PlaceMissing(string vault, string cause) => new(
        "DR5003", $"the vault {vault} does not exist: {cause}",
        "create the container or folder, mount its disk, or correct Vault__Url");

    internal static TransientFaultException Busy(string vault, string doing, string cause) => new(
        "DR5004", $"the vault {vault} is too busy for {doing}: {cause}",
        "the step is tried again; if it stays so, lower the parallelism or look at the storage account's limits");

    internal static PermanentFaultException Full(string vault, string path, long freeBytes, string needed) => new(
        "DR5005", string.Create(CultureInfo.InvariantCulture, $"the vault {vault} is full: '{path}' needs {needed}, {freeBytes} bytes are free"),
        "free or add space, raise the quota, or let old sets expire; then run it again");

    internal static PermanentFaultException BlobMissing(string vault, string path) => new(
        BlobMissingCode, $"'{path}' is not in the vault {vault}",
        "list the backup sets; one that lost a part cannot be restored, and verify names all such sets");

    internal static PermanentFaultException PathRefused(string path, string cause) => new(
        "DR5007", $"'{path}' is no path of a vault: {cause}",
        "use segments of letters, digits and . _ - + = @ that begin with none of . and are divided by /");

    internal static PermanentFaultException AddressRefused(string cause) => new(
        "DR5008", $"Vault__Url is not usable: {cause}",
        "give https://account.blob.core.windows.net/container, http://127.0.0.1:10000/devstoreaccount1/container (Azurite) or file:///folder; keys go to Vault__AccountKey, never into the address");

    internal static PermanentFaultException NotPermitted(string vault, string path, string cause) => new(
        "DR5009", $"'{path}' in the vault {vault} is not accessible: {cause}",
        "give the account this app runs as read and write permission to the folder, and see that it is not mounted read-only");

    internal static TransientFaultException Failed(string vault, string path, string cause) => new(
        "DR5010", $"reading or writing '{path}' in the vault {vault} failed: {cause}",
        "the step is tried again; if it stays so, look at the machine's disk and network");

    internal static TransientFaultException StagingLost(string vault, string path) => new(
        "DR5011", $"what was uploaded for '{path}' is no longer in the vault {vault}; another upload of the same name or a clean-up removed it",
        "the step is tried again from its start");

    internal static PermanentFaultException OutOfOrder(string vault, string first, string second) => new(
        "DR5012", $"the vault {vault} lists '{second}' behind '{first}', which is not the ordinal order of names",
        "use a storage account without hierarchical namespace; sets cannot be compared safely otherwise");

    internal static PermanentFaultException ReadBackDiffers(string vault, string path) => new(
        "DR5013", $"'{path}' read back from the vault {vault} is not what was written",
        "do not trust this storage; check its disk, or the proxy in front of it");

    internal static PermanentFaultException TooLarge(string vault, string path, long bytes, long limit) => new(
        "DR5014", string.Create(CultureInfo.InvariantCulture, $"'{path}' in the vault {vault} has {bytes} bytes; at most {limit} can be right"),
        "the file was not written by this app, or it is damaged; look at it and move it away");

    internal static PermanentFaultException Malformed(string vault, string path, long? line) => new(
        "DR5015", string.Create(CultureInfo.InvariantCulture, $"'{path}' in the vault {vault} is not the JSON it should be (line {(line ?? 0) + 1})"),
        "the file is damaged or was written by a newer version of this app; restore it from the vault's second copy");

    internal static PermanentFaultException BeyondEnd(string vault, string path, long offset) => new(
        "DR5016", string.Create(CultureInfo.InvariantCulture, $"'{path}' in the vault {vault} ends before byte {offset}"),
        "the file is shorter than its manifest says; verify the set and use another one");

    internal static TransientFaultException Locked(string vault, string path, TimeSpan waited) => new(
        "DR5017", string.Create(CultureInfo.InvariantCulture, $"'{path}' in the vault {vault} stayed locked by another run for {waited.TotalSeconds:0} s"),
        "the step is tried again; if it stays so, find the other program that uses this folder");

    internal static PermanentFaultException NoCredential(string vault) => new(
        "DR5018", $"no identity to sign in to the vault {vault} was found",
        "give Vault__AccountKey or Vault__ConnectionString, or run where a managed identity is assigned (AZURE_CLIENT_ID selects one of several)");

    internal static TransientFaultException SignInFailed(string vault) => new(
        "DR5027", $"signing in to Microsoft Entra ID for the vault {vault} failed",
        "see that a managed identity is assigned (AZURE_CLIENT_ID selects one of several) and login.microsoftonline.com is reachable, or give Vault__AccountKey; the step is tried again");

    internal static PermanentFaultException Refused(string vault, string doing, string cause) => new(
        "DR5019", $"the vault {vault} refuses {doing}: {cause}",
        "look the storage service's error code up; trying again will not help");

    internal static PermanentFaultException NoKey() => new(
        "DR5020", "Vault__Encryption__Key is not set, so keys and configuration can be neither stored nor read",
        "make one with 'openssl rand -base64 32', keep a copy outside this machine, and set Vault__Encryption__Key");

    internal static PermanentFaultException KeyMalformed() => new(
        "DR5021", "Vault__Encryption__Key is not the base64 form of 32 bytes",
        "make one with 'openssl rand -base64 32'");

    internal static PermanentFaultException WrongKey(string needed, string given) => new(
        "DR5022", $"the package was encrypted with key {needed}, Vault__Encryption__Key is key {given}",
        "set Vault__Encryption__Key to the key this backup set was made with");

    internal static PermanentFaultException Damaged(long chunk) => new(
        "DR5023", string.Create(CultureInfo.InvariantCulture, $"the encrypted package was changed or damaged (chunk {chunk})"),
        "use another backup set or the vault's second copy");

    internal static PermanentFaultException Truncated() => new(
        "DR5024", "the encrypted package ends too early",
        "use another backup set or the vault's second copy");

    internal static PermanentFaultException UnknownFormat(string cause) => new(
        "DR5025", $"this is no encrypted package that this version can read: {cause}",
        "read it with the version that wrote it, or a newer one");

    internal static PermanentFaultException NoConditionalCreate(string vault, string cause) => new(
        "DR5026", $"the file system under the vault {vault} cannot create a name only if it is absent: {cause}",
        "put the whole of it, .staging and all, on one POSIX file system with hard links (ext4, XFS, NFS), or in a blob container");

    internal static PermanentFaultException Immutable(string vault, string what, string cause) => new(
        "DR5028", $"the vault {vault} holds an immutability policy or a legal hold over what is asked for ({what}): {cause}",
        "nothing is wrong: it can be removed once the policy's period is over; shorten the period, or let sets expire later than it");

    internal static PermanentFaultException NoCopy() => new(
        "DR5029", "there is no second vault: Vault__Copy__Url is not set",
        "a run that had one goes on without it; if it was taken away by mistake, set Vault__Copy__Url and its credentials again");

    internal static PermanentFaultException NotHere(string vault, string cause) => new(
        "DR5030", $"the vault {vault} is not here: {cause}",
        "is there a disk that is not mounted? Mount it, or correct Vault__Url; for a new vault, or one that was emptied on purpose, start the app once with Vault__CreateIfMissing=true (Vault__Copy__CreateIfMissing for the second)");
}
