using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Restore;

/// <summary>Gathers what stands against a restore, so that all of it is told together.</summary>
internal sealed class Findings
{
    private readonly List<RestoreProblem> _problems = [];

    /// <summary>What stands against it.</summary>
    public IReadOnlyList<RestoreProblem> Problems => [.. _problems.Distinct()];

    /// <summary>What an operator must know.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Notes a problem.</summary>
    public void Add(PermanentFaultException problem) => _problems.Add(new RestoreProblem(problem.Code, problem.What, problem.Hint));

    /// <summary>Notes a problem, if there is one.</summary>
    public void AddIf(PermanentFaultException? problem)
    {
        if (problem is not null)
        {
            Add(problem);
        }
    }

    /// <summary>Does one check; what is permanently wrong is noted, what may pass is thrown.</summary>
    public async Task<T?> TryAsync<T>(Func<Task<T>> check)
    {
        try
        {
            return await check();
        }
        catch (PermanentFaultException problem) when (problem.Code is not OperationCanceled)
        {
            Add(problem);
            return default;
        }
    }

    private const string OperationCanceled = Durability.OperationFaults.CanceledCode;
}
