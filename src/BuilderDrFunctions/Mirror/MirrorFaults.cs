using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Mirror;

/// <summary>What can go wrong with a mirror run, DR2120 to DR2139; docs/errors/mirror.md lists them.</summary>
public static class MirrorFaults
{
    private const string NotItsETagCode = "DR2122";

    /// <summary>Whether a fault may be one object's alone, while the bucket is well.</summary>
    public static bool IsAboutOneObject(FaultException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.Code is NotItsETagCode || ObjectStoreFaults.IsAboutOneObject(fault);
    }

    public static PermanentFaultException WorkLost(string path) => WorkLostBecause($"the run's work list or receipt '{path}' does not fit its plan");

    /// <summary>A file of the run's own scratch cannot be read; what to do about a stored set does not apply to it.</summary>
    public static PermanentFaultException WorkLost(FaultException cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        return WorkLostBecause($"the run's own scratch cannot be read: {cause.What}");
    }

    /// <summary>Whether a fault says that a file is lost or is not as it was written.</summary>
    internal static bool IsLoss(FaultException fault) => VaultFaults.IsDamage(fault) || InventoryFaults.IsUnreadable(fault);

    public static TransientFaultException NotItsETag(string store, string key) => new(
        NotItsETagCode,
        $"the content of '{key}' of {store} does not have the MD5 that its ETag says",
        "The run tries again. If it stays so, the object or the way to it is damaged.");

    private static PermanentFaultException WorkLostBecause(string what) => new(
        "DR2121", what, "The run's scratch was changed or removed while it ran: start the backup again.");
}
