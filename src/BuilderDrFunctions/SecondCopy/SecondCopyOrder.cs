using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Recovery;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>The input of the second copy's orchestrator.</summary>
/// <param name="OperationId">The run; the backup's that it is part of.</param>
/// <param name="Site">Whose sets.</param>
/// <param name="Label">The newest set; those that an earlier run could not copy come with it.</param>
public sealed record SecondCopyOrder(string OperationId, string Site, string Label)
{
    /// <summary>Reads again every byte that the second vault has of <see cref="Label"/>, and copies anew what is damaged or lost there. Otherwise what it lacks is copied.</summary>
    public bool Rereads { get; init; }

    /// <summary>Where this run keeps its lists.</summary>
    internal string Folder => SetPaths.Run(Site, OperationId) + "copy/";
}

/// <summary>The sets to copy, oldest first.</summary>
public sealed record SetsToCopy(IReadOnlyList<string> Labels);

/// <summary>Tells an activity which set to copy.</summary>
public sealed record CopySetOrder(SecondCopyOrder Order, string Label);

/// <summary>What of a set the copy lacks.</summary>
/// <param name="Label">The set.</param>
/// <param name="Folder">Where the lists of artifacts lie.</param>
/// <param name="Batches">How many.</param>
/// <param name="Objects">Artifacts in them.</param>
/// <param name="Bytes">Their sizes together.</param>
public sealed record CopySetPlan(string Label, string Folder, int Batches, long Objects, long Bytes)
{
    /// <summary>What the second vault has that is damaged, in words to the operator.</summary>
    public IReadOnlyList<string> Damaged { get; init; } = [];
}

/// <summary>All lists of a plan.</summary>
public sealed record CopyObjectsOrder(SecondCopyOrder Order, CopySetPlan Plan)
{
    /// <summary>Lists done when the orchestration continued as new.</summary>
    public int BatchesDone { get; init; }

    /// <summary>Their sum.</summary>
    public SecondCopyReceipt Done { get; init; } = new();
}

/// <summary>One list.</summary>
public sealed record CopyBatchOrder(SecondCopyOrder Order, string Folder, int Batch);

/// <summary>What was copied.</summary>
/// <param name="Sets">Whole sets.</param>
/// <param name="Objects">Artifacts; those that were there already are not counted.</param>
/// <param name="Bytes">Of artifacts and files.</param>
/// <param name="Files">Files of sets, manifests among them; those that were there already are not counted.</param>
public sealed record SecondCopyReceipt(int Sets = 0, long Objects = 0, long Bytes = 0, long Files = 0) : IBatchReceipt<SecondCopyReceipt>
{
    private const int MostNamed = 20;

    /// <summary>Sets of either vault that are damaged, or what of one could not be mended, the first of them; the rest was copied all the same.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The sum of both.</summary>
    public SecondCopyReceipt Plus(SecondCopyReceipt other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new SecondCopyReceipt(Sets + other.Sets, Objects + other.Objects, Bytes + other.Bytes, Files + other.Files)
        {
            Problems = [.. Problems.Union(other.Problems, StringComparer.Ordinal).Take(MostNamed)],
        };
    }
}
