namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>What one run of an orchestrator's code came to; committed as a whole.</summary>
/// <param name="End">Null while the orchestration goes on.</param>
/// <param name="At">The orchestrator's CurrentUtcDateTime.</param>
/// <param name="LastRead">Sequence number of the last arrival the orchestrator was told; -1 when it was told none.</param>
/// <param name="Decisions">What it asked for, in order.</param>
/// <param name="CustomStatus">As it stands now.</param>
internal sealed record Episode(EpisodeEnd? End, DateTime At, long LastRead, IReadOnlyList<HistoryEvent> Decisions, string? CustomStatus);

/// <summary>How an orchestration's run ended.</summary>
internal abstract record EpisodeEnd
{
    internal sealed record Completed(string? Output) : EpisodeEnd;

    internal sealed record Failed(Failure Failure) : EpisodeEnd;

    internal sealed record Terminated(string? Output) : EpisodeEnd;

    internal sealed record ContinuedAsNew(string? Input, IReadOnlyList<HistoryEvent> Preserved) : EpisodeEnd;
}
