using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Merge;

/// <summary>What stands against a merge.</summary>
/// <param name="Code">Its number, DR7xxx.</param>
/// <param name="What">What is wrong, with table, shard and key.</param>
/// <param name="Hint">What to do about it.</param>
public sealed record MergeProblem(string Code, string What, string Hint)
{
    /// <summary>A fault as a problem that is told together with others.</summary>
    internal static MergeProblem Of(PermanentFaultException fault) => new(fault.Code, fault.What, fault.Hint);
}
