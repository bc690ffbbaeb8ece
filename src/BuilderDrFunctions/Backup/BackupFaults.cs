using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;

namespace BuilderDrFunctions.Backup;

/// <summary>The faults of backups, DR200x.</summary>
public static class BackupFaults
{
    /// <summary>The preflight found that no backup can be taken; nothing was touched. It may pass where each of the problems may.</summary>
    public static FaultException PreflightFailed(string site, IReadOnlyList<FaultException> problems)
    {
        const string code = "DR2001";
        var what = $"no backup of site '{site}' can be taken: {string.Join("; ", problems.Select(problem => $"{problem.Code}: {problem.What}"))}";
        var hint = string.Join("; ", problems.Select(problem => problem.Hint).Distinct(StringComparer.Ordinal));
        return problems.All(problem => problem is TransientFaultException) ? new TransientFaultException(code, what, hint) : new PermanentFaultException(code, what, hint);
    }

    /// <summary>The operator wants the API stopped where there is no way to do it.</summary>
    public static PermanentFaultException CannotQuiesce(string site) =>
        new("DR2002", $"site '{site}' has no service control, so its API cannot be stopped",
            $"ask for the backup with \"quiesce\": \"none\", or set Sites__{site}__Service__Control to ssh or local");

    /// <summary>The supervisor cannot say whether the API runs.</summary>
    public static PermanentFaultException ApiStateUnknown(string site) =>
        new("DR2003", $"the supervisor of site '{site}' does not know the API's service", $"load it with '{HabitatFaults.LoadByHand}', or correct Sites__{site}__Service__Name; where there is no API to stop, ask with \"quiesce\": \"none\"");

    /// <summary>The API could not be started again.</summary>
    public static PermanentFaultException ApiLeftDown(string site, string why, FaultException? first) =>
        new("DR2004",
            $"the API of site '{site}' is down and could not be started again ({FaultText.OneLine(why)})" + (first is null ? "" : $"; before that, {first.Code}: {first.What}"),
            $"start it by hand with '{HabitatFaults.StartByHand}'; the watchdog tries again every minute until it is up");

    /// <summary>What is there is not all that the newest set holds, and would take its place as the newest.</summary>
    public static PermanentFaultException DatabasesLost(string site, string label, IEnumerable<string> lost, IEnumerable<string> there, string server) =>
        new("DR2006",
            $"{server} has no {Quoted(lost)} any more, which the newest set {label} of site '{site}' holds: {Quoted(there)} there is what was merged into it once, or only a part of Builder",
            "bring it back with 'builder-dr restore'; where Builder was rolled back to what is there on purpose, back it up as a site of another name");

    /// <summary>A step failed with something that has no number of its own.</summary>
    public static PermanentFaultException StepFailed(string what) =>
        new("DR2005", $"a step of the backup failed: {FaultText.OneLine(what)}", "look at the log around this time; the next run starts afresh");

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    /// <summary>A step's failure as this operation's own: the fault it ended with, unwrapped.</summary>
    public static FaultException OfStep(Exception exception) => FaultText.Unwrap(exception) ?? StepFailed(FaultText.Of(exception));
}
