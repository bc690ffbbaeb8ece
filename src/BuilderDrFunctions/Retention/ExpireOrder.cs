using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Recovery;

namespace BuilderDrFunctions.Retention;

/// <summary>The input of the expire orchestrator.</summary>
/// <param name="OperationId">The run; its own, or the backup's that it is part of.</param>
/// <param name="Site">Whose sets.</param>
/// <param name="Plan">Nothing is removed.</param>
public sealed record ExpireOrder(string OperationId, string Site, bool Plan)
{
    /// <summary>In the second vault instead of the first.</summary>
    public bool InCopy { get; init; }

    /// <summary>Where this run keeps its lists.</summary>
    internal string Folder => SetPaths.Run(Site, OperationId) + "expire/";
}

/// <summary>What becomes of a site's sets.</summary>
/// <param name="Sets">Newest first.</param>
/// <param name="FileBytes">Sizes of the files of the sets that go.</param>
/// <param name="Leftovers">Folders of sets that were never committed or whose removal was cut short.</param>
/// <param name="Uncollectable">Why no object may be collected: a set whose inventory is unknown; null: they may.</param>
public sealed record ExpiryPlan(IReadOnlyList<SetDecision> Sets, long FileBytes, IReadOnlyList<string> Leftovers, string? Uncollectable)
{
    /// <summary>Sets that lost their manifest and stay, in words to the operator.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];
}

/// <summary>Tells an activity which set to remove.</summary>
/// <param name="Order">The run.</param>
/// <param name="Label">The set.</param>
/// <param name="IsLeftover">It was planned as a folder without manifest: with one it stays.</param>
public sealed record RemoveOrder(ExpireOrder Order, string Label, bool IsLeftover);

/// <summary>What became of one set.</summary>
/// <param name="Removed">Its manifest is gone: it is no set any more.</param>
/// <param name="Bytes">Of the files removed.</param>
/// <param name="Problem">What the vault refused; null: nothing.</param>
public sealed record RemoveReceipt(bool Removed, long Bytes, string? Problem)
{
    /// <summary>Why the set stays after all, as it should; null: it goes.</summary>
    public string? Stays { get; init; }
}

/// <summary>Tells an activity whose inventories' names to write down.</summary>
/// <param name="Order">The run.</param>
/// <param name="Labels">The sets.</param>
public sealed record NamesOrder(ExpireOrder Order, IReadOnlyList<string> Labels);

/// <summary>Files of sorted names.</summary>
public sealed record NamesReceipt(IReadOnlyList<string> Paths);

/// <summary>Tells an activity which lists of names to hold against the stored objects.</summary>
public sealed record CollectionOrder(ExpireOrder Order, IReadOnlyList<string> NamePaths);

/// <summary>The objects that nothing names.</summary>
/// <param name="Folder">Where they are listed.</param>
/// <param name="Batches">In how many lists.</param>
/// <param name="Objects">How many.</param>
/// <param name="Bytes">Their sizes together.</param>
public sealed record CollectionPlan(string Folder, int Batches, long Objects, long Bytes);

/// <summary>All lists of a plan.</summary>
public sealed record CollectAllOrder(ExpireOrder Order, CollectionPlan Plan)
{
    /// <summary>Lists done when the orchestration continued as new.</summary>
    public int BatchesDone { get; init; }

    /// <summary>Their sum.</summary>
    public CollectReceipt Done { get; init; } = new();
}

/// <summary>One list.</summary>
public sealed record CollectOrder(ExpireOrder Order, string Folder, int Batch);

/// <summary>What was collected.</summary>
/// <param name="Objects">Removed.</param>
/// <param name="Bytes">Their sizes together.</param>
/// <param name="Refused">Those the vault did not let go.</param>
/// <param name="FirstRefused">Why, of the first ones.</param>
public sealed record CollectReceipt(long Objects = 0, long Bytes = 0, long Refused = 0, IReadOnlyList<string>? FirstRefused = null) : IBatchReceipt<CollectReceipt>
{
    private const int MostNamed = 5;

    /// <summary>The sum of both.</summary>
    public CollectReceipt Plus(CollectReceipt other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new CollectReceipt(
            Objects + other.Objects, Bytes + other.Bytes, Refused + other.Refused, [.. (FirstRefused ?? []).Concat(other.FirstRefused ?? []).Take(MostNamed)]);
    }
}

/// <summary>What expired, or would.</summary>
/// <param name="Site">Whose sets.</param>
/// <param name="Planned">Nothing was removed.</param>
/// <param name="Sets">Every set, newest first, and why it stays or goes.</param>
/// <param name="Expired">How many sets went, or would.</param>
/// <param name="Leftovers">Folders of uncommitted sets that went, or would.</param>
/// <param name="Objects">Object versions that no remaining set names and that went, or would.</param>
/// <param name="FreedBytes">Of files and objects together.</param>
/// <param name="Problems">What the vault refused and other words to the operator; the rest was done all the same.</param>
public sealed record ExpireReceipt(
    string Site, bool Planned, IReadOnlyList<SetDecision> Sets, int Expired, int Leftovers, long Objects, long FreedBytes, IReadOnlyList<string> Problems);
