using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>What can go wrong with the second copy, DR2240 to DR2249; docs/errors/copy.md lists them.</summary>
public static class SecondCopyFaults
{
    /// <summary>Whether a fault is one set's alone: its manifest, a file of it or an artifact is damaged or gone. Other sets can be copied all the same.</summary>
    public static bool IsAboutOneSet(string? code) =>
        code is "DR2030" or "DR2031" or "DR2034" or "DR2101" or "DR2102" or "DR2104" or "DR8001" or "DR8002" or "DR8003" or "DR8005" or "DR8006";

    /// <summary>Whether a fault is about one artifact or file: the first vault's is damaged or gone too, or the second vault lets go of nothing or keeps something else.</summary>
    public static bool IsAboutOneFile(PermanentFaultException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.Code is "DR2240" || IsAboutOneSet(fault.Code) || VaultFaults.IsRefusedRemoval(fault);
    }

    /// <summary>The copy read back is not what was written.</summary>
    public static PermanentFaultException NotKept(string copy, string path) =>
        new("DR2240", $"'{path}' read back from the second vault {copy} is not what the first one holds", "look at that vault's disk or account; the next backup copies it again");
}
