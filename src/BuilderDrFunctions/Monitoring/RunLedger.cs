using BuilderDrFunctions.Durability;

namespace BuilderDrFunctions.Monitoring;

/// <summary>What is known of runs beyond the durable store's own memory: the document <c>monitoring/runs.json</c> in the vault. Small.</summary>
/// <param name="Since">UTC; the first look of all.</param>
/// <param name="LookedAt">UTC; every run created before was seen.</param>
/// <param name="Open">Runs that had not ended when they were last looked at.</param>
/// <param name="Recent">Runs created shortly before <paramref name="LookedAt"/>, open or ended: the next look sees them again.</param>
/// <param name="Last">The last run of each site and kind that succeeded or failed; a plan is none.</param>
/// <param name="Canceled">The last one of each that was canceled or planned, kept apart: it proves nothing, so it hides neither a failure nor when the last good one was.</param>
public sealed record RunLedger(
    DateTimeOffset Since, DateTimeOffset LookedAt, IReadOnlyList<string> Open, IReadOnlyList<string> Recent, IReadOnlyList<EndedRun> Last,
    IReadOnlyList<EndedRun>? Canceled = null)
{
    private static readonly TimeSpan LookBack = TimeSpan.FromDays(40);

    /// <summary>Nothing seen yet: the first look goes back far enough for a month's verification.</summary>
    public static RunLedger Begin(DateTimeOffset now) => new(now, now - LookBack, [], [], []);

    /// <summary>The last run of a site and kind that succeeded or failed, or null.</summary>
    public EndedRun? Find(string site, string kind) => Last.FirstOrDefault(run => run.Site == site && run.Kind == kind);

    /// <summary>The last canceled run of a site and kind, or null.</summary>
    public EndedRun? FindCanceled(string site, string kind) => Canceled?.FirstOrDefault(run => run.Site == site && run.Kind == kind);

    /// <summary>What is known once these have ended too.</summary>
    internal RunLedger With(DateTimeOffset lookedAt, IReadOnlyList<string> open, IReadOnlyList<string> recent, IEnumerable<EndedRun> ended)
    {
        // An earlier version kept canceled ones among the others.
        var newest = ended.Concat(Last).Concat(Canceled ?? []).GroupBy(run => (run.Site, run.Kind, run.IsProof))
            .Select(runs => runs.MaxBy(run => run.EndedAt)!).ToLookup(run => run.IsProof);
        return new RunLedger(Since, lookedAt, open, recent, [.. newest[true]], [.. newest[false]]);
    }

    /// <summary>The runs of a site and kind that have not ended.</summary>
    public IEnumerable<OperationId> Running(string site, string? kind = null) =>
        Open.Select(OperationId.TryParse).OfType<OperationId>().Where(run => run.Site == site && (kind is null || run.Kind == kind));
}

/// <summary>A run that has ended.</summary>
/// <param name="Id">The operation.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Site">Its site.</param>
/// <param name="BegunAt">UTC.</param>
/// <param name="EndedAt">UTC.</param>
/// <param name="Outcome">How.</param>
/// <param name="Error">Why, when it failed: number, sentence, and the hint behind <c>HINT: </c>. Of one that succeeded: what is wrong in the second vault.</param>
/// <param name="IsPlan">Nothing was to be changed.</param>
public sealed record EndedRun(
    string Id, string Kind, string Site, DateTimeOffset BegunAt, DateTimeOffset EndedAt, RunOutcome Outcome, string? Error, bool IsPlan = false)
{
    /// <summary>Whether its end says how runs of its kind fare.</summary>
    internal bool IsProof => Outcome != RunOutcome.Canceled && !IsPlan;
}

/// <summary>How a run ended.</summary>
public enum RunOutcome
{
    /// <summary>It did what it was asked, and found nothing wrong.</summary>
    Succeeded,

    /// <summary>It failed, or its verdict is a bad one.</summary>
    Failed,

    /// <summary>An operator ended it.</summary>
    Canceled,
}
