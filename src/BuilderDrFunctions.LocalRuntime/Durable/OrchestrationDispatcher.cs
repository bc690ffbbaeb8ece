using System.Threading.Channels;

namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Runs orchestrators' code, one episode of an instance at a time and so many instances at once.</summary>
internal sealed class OrchestrationDispatcher(
    IDurableFunctions functions, StateReader reader, CommitQueue commits, DurableEngineOptions options, ILoggerFactory loggers, ILogger logger)
{
    private static readonly TimeSpan LoadPause = TimeSpan.FromSeconds(1);

    private readonly Channel<OrchestrationInstance> _ready = Channel.CreateUnbounded<OrchestrationInstance>();

    public void Enqueue(OrchestrationInstance instance) => _ready.Writer.TryWrite(instance);

    /// <summary>One of several loops; ends when it is told to stop and the episode it is in has ended.</summary>
    public async Task RunAsync(OrchestrationRegistry registry, CancellationToken cancellationToken)
    {
        await foreach (var instance in _ready.Reader.ReadAllAsync(cancellationToken))
        {
            await RunEpisodeAsync(registry, instance, cancellationToken);
        }
    }

    private async Task RunEpisodeAsync(OrchestrationRegistry registry, OrchestrationInstance instance, CancellationToken cancellationToken)
    {
        if (registry.BeginEpisode(instance) is not var (run, now, arrivals))
        {
            return;
        }

        Episode episode;
        try
        {
            instance.Executor ??= await LoadAsync(registry, instance, run);
            episode = instance.Executor?.Run(now, arrivals) ?? Failed(instance, now, Failure.OrchestratorNotFound(instance.Identity.Name));
        }
        catch (NonDeterministicException exception)
        {
            episode = Failed(instance, now, Failure.Of(exception) with { ErrorType = NonDeterministicException.ErrorType });
        }
        catch (SqliteException exception)
        {
            DurableLog.LoadDelayed(logger, exception, instance.Id, LoadPause);
            await Task.Delay(LoadPause, TimeProvider.System, cancellationToken);
            registry.AbandonEpisode(instance);
            return;
        }
#pragma warning disable CA1031 // what an orchestrator's stray code throws ends the orchestration, never the runtime
        catch (Exception exception)
#pragma warning restore CA1031
        {
            episode = Failed(instance, now, Failure.Of(exception));
        }

        registry.EndEpisode(instance, run, episode);
    }

    private static Episode Failed(OrchestrationInstance instance, DateTime now, Failure failure) =>
        new(new EpisodeEnd.Failed(failure), now, LastRead: -1, Decisions: [], instance.CustomStatus);

    /// <summary>Brings an orchestrator to where its history ends; null when the app has none of this name.</summary>
    private async Task<OrchestrationExecutor?> LoadAsync(OrchestrationRegistry registry, OrchestrationInstance instance, long run)
    {
        if (functions.FindOrchestrator(instance.Identity.Name) is not { } function)
        {
            return null;
        }

        var fresh = instance.Fresh;
        if (fresh is null)
        {
            await commits.FlushAsync();
            fresh = new FreshInput(reader.Input(run));
        }

        var executor = new OrchestrationExecutor(
            instance.Identity, fresh.Json, instance.CustomStatus, function, options, loggers,
            stray => registry.ReportIllegalAwait(instance, stray));
        if (instance.Fresh is null)
        {
            executor.Replay(reader.History(run));
        }

        return executor;
    }
}
