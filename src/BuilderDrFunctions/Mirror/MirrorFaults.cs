using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Mirror;

/// <summary>What can go wrong with a mirror run, DR2120 to DR2139; docs/errors/mirror.md lists them.</summary>
public static class MirrorFaults
{
    public static PermanentFaultException WorkLost(string path) => new(
        "DR2121",
        $"the run's work list or receipt '{path}' does not fit its plan",
        "The run's scratch was changed or removed while it ran: start the backup again.");

    public static TransientFaultException NotItsETag(string store, string key) => new(
        "DR2122",
        $"the content of '{key}' of {store} does not have the MD5 that its ETag says",
        "The run tries again. If it stays so, the object or the way to it is damaged.");
}
