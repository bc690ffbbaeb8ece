using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>What can go wrong with the second copy, DR2240 to DR2249; docs/errors/copy.md lists them.</summary>
public static class SecondCopyFaults
{
    /// <summary>The copy read back is not what was written.</summary>
    public static PermanentFaultException NotKept(string copy, string path) =>
        new("DR2240", $"'{path}' read back from the second vault {copy} is not what the first one holds", "remove it there, look at that vault's disk or account, and let the next backup copy it again");
}
