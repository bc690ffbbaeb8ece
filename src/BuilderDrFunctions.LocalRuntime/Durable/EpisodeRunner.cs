namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Runs orchestrators' code, one episode of an instance at a time.</summary>
internal sealed class EpisodeRunner(
    IDurableFunctions functions, StateReader reader, DurableEngineOptions options, ILoggerFactory loggers, Action<Action<OrchestrationLedger>> post, ILogger logger)
{
    private static readonly TimeSpan LoadPause = TimeSpan.FromSeconds(1);

    /// <summary>Runs an episode and posts what it came to.</summary>
    public async ValueTask RunAsync(EpisodeWork work, CancellationToken stopping)
    {
        var instance = work.Instance;
        Episode episode;
        try
        {
            instance.Executor ??= Load(instance);
            episode = instance.Executor?.Run(work.At, work.Arrivals) ?? Failed(Failure.OrchestratorNotFound(instance.Identity.Name));
        }
        catch (SqliteException exception)
        {
            DurableLog.LoadDelayed(logger, exception, instance.Id, LoadPause);
            await Task.Delay(LoadPause, TimeProvider.System, stopping);
            post(ledger => ledger.Release(instance));
            return;
        }
#pragma warning disable CA1031 // what an orchestrator's stray code throws ends the orchestration, never the runtime
        catch (Exception exception)
#pragma warning restore CA1031
        {
            episode = Failed(Failure.Of(exception));
        }

        if (episode.End is (OrchestrationRuntimeStatus.Failed, { } json) && Failure.Parse(json) is { } failure)
        {
            DurableLog.OrchestrationFailed(logger, instance.Id, instance.Identity.Name, failure.ErrorType, failure.ErrorMessage);
        }

        post(ledger => ledger.EndEpisode(instance, episode));

        Episode Failed(Failure failure) => new(
            (OrchestrationRuntimeStatus.Failed, failure.ToJson()), Next: null, work.At, LastRead: -1, Decisions: [], instance.CustomStatus);
    }

    /// <summary>Brings an orchestrator to where its history ends; null when the app has none of this name.</summary>
    private OrchestrationExecutor? Load(OrchestrationInstance instance)
    {
        if (functions.FindOrchestrator(instance.Identity.Name) is not { } function)
        {
            return null;
        }

        var executor = new OrchestrationExecutor(
            instance.Identity, reader.Input(instance.Run), instance.CustomStatus, function, options, loggers,
            new OrchestratorThread(onIllegalAwait: () => post(ledger => ledger.Schedule(instance))));
        executor.Replay(instance.HasStarted ? reader.History(instance.Run) : []);
        return executor;
    }
}

/// <summary>What an orchestrator is to be told, and when it is told it.</summary>
internal sealed record EpisodeWork(OrchestrationInstance Instance, DateTime At, IReadOnlyList<HistoryEvent> Arrivals);

/// <summary>What one run of an orchestrator's code came to; committed as a whole.</summary>
/// <param name="End">How the orchestration ended, and its output or failure as JSON; null while it goes on.</param>
/// <param name="Next">Set when it starts over.</param>
/// <param name="At">The orchestrator's CurrentUtcDateTime.</param>
/// <param name="LastRead">Sequence number of the last arrival the orchestrator was told; -1 when it was told none.</param>
/// <param name="Decisions">What it asked for, in order.</param>
/// <param name="CustomStatus">As it stands now.</param>
internal sealed record Episode(
    (OrchestrationRuntimeStatus Status, string? Data)? End, NextRun? Next, DateTime At, long LastRead, IReadOnlyList<HistoryEvent> Decisions, string? CustomStatus);

/// <summary>The input with which an orchestrator starts over, and the events that come along.</summary>
internal sealed record NextRun(string? Input, IReadOnlyList<HistoryEvent> Preserved);
