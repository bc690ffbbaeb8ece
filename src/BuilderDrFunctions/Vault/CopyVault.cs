namespace BuilderDrFunctions.Vault;

/// <summary>The second vault that section <c>Vault:Copy</c> describes, where there is one.</summary>
public sealed class CopyVault(IVault? vault)
{
    /// <summary>Whether there is one.</summary>
    public bool IsConfigured => vault is not null;

    /// <summary>The vault.</summary>
    /// <exception cref="Faults.PermanentFaultException">DR5029: none is configured.</exception>
    public IVault Vault => vault ?? throw VaultFaults.NoCopy();
}
