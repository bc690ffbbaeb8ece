using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Retention;

/// <summary>What lets sets expire in one vault.</summary>
public sealed class VaultRetention
{
    /// <summary>For a vault of its own.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="first">Null for the first vault; for the second the first one's catalog: what it did not let expire stays.</param>
    /// <param name="second">For the first vault the second one, where there is one.</param>
    /// <param name="options">The rules, the same for both.</param>
    /// <param name="time">The clock.</param>
    public VaultRetention(IVault vault, SetCatalog? first, IVault? second, RetentionOptions options, TimeProvider time)
    {
        var (catalog, holds) = (new SetCatalog(vault), new SetHolds(vault));
        Survey = new SetSurvey(vault, catalog, new VerifyVerdicts(vault), holds, options, time) { First = first, Second = second };
        Remover = new SetRemover(vault, catalog, holds, new SetUses(vault, holds, time), time);
        Names = new NameLists(vault, catalog);
        Garbage = new Garbage(vault, Names, options, time);
        Sweep = new RunSweep(vault, options, time);
    }

    /// <summary>Decides.</summary>
    public SetSurvey Survey { get; }

    /// <summary>Removes sets.</summary>
    public SetRemover Remover { get; }

    /// <summary>Knows what the remaining sets name.</summary>
    public NameLists Names { get; }

    /// <summary>Finds and removes what they do not.</summary>
    public Garbage Garbage { get; }

    /// <summary>Removes scratch.</summary>
    public RunSweep Sweep { get; }
}

/// <summary>Retention in the first vault and, where there is one, in the second.</summary>
public sealed class VaultRetentions(IVault vault, CopyVault copy, SetCatalog catalog, RetentionOptions options, TimeProvider time)
{
    private readonly VaultRetention _first = new(vault, first: null, copy.IsConfigured ? copy.Vault : null, options, time);

    /// <summary>That of the vault an order is about.</summary>
    public VaultRetention Of(ExpireOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return order.InCopy ? new VaultRetention(copy.Vault, catalog, second: null, options, time) : _first;
    }
}
