namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Holds one orchestrator function mid-flight: replays its history into it, then lets it go on.</summary>
internal sealed class OrchestrationExecutor(
    OrchestrationIdentity identity, string? input, string? customStatus, OrchestratorInvoker function, DurableEngineOptions options, ILoggerFactory loggers,
    OrchestratorThread thread)
{
    private readonly LocalOrchestrationContext _context = new(identity, input, customStatus, thread, options, loggers);
    private Task<object?>? _running;

    /// <summary>The orchestrator went on outside an episode and has to be failed.</summary>
    public bool AwaitedIllegally => thread.AwaitedIllegally;

    /// <summary>Plays what already happened.</summary>
    /// <param name="history">Every event of the run up to its last episode, in order.</param>
    /// <exception cref="NonDeterministicException">The code does not make the calls that history holds.</exception>
    public void Replay(IEnumerable<HistoryEvent> history)
    {
        var arrivals = new Queue<HistoryEvent>();
        var checkedDecisions = 0;
        foreach (var recorded in history)
        {
            if (recorded.IsArrival)
            {
                arrivals.Enqueue(recorded);
            }
            else if (recorded.Kind == HistoryKind.OrchestratorStarted)
            {
                RequireNoMoreThan(checkedDecisions, recorded);
                _context.BeginEpisode(recorded.At, replaying: true);
                checkedDecisions = 0;
                while (arrivals.TryPeek(out var next) && next.Sequence <= recorded.Number)
                {
                    thread.Run(Deliver, arrivals.Dequeue());
                }
            }
            else
            {
                NonDeterministicException.ThrowUnlessSame(recorded, _context.Decisions.ElementAtOrDefault(checkedDecisions++));
            }
        }

        RequireNoMoreThan(checkedDecisions, next: null);
    }

    /// <summary>Runs one episode: tells the orchestrator what arrived and collects what it decides.</summary>
    /// <returns>What has to be committed.</returns>
    public Episode Run(DateTime now, IEnumerable<HistoryEvent> arrivals)
    {
        _context.BeginEpisode(now, replaying: false);
        var lastRead = -1L;
        foreach (var arrival in arrivals.TakeWhile(_ => !IsFinished))
        {
            thread.Run(Deliver, arrival);
            lastRead = arrival.Sequence;
        }

        var strayed = thread.AwaitedIllegally || (_running is { IsCompleted: false } && !_context.CanContinue);
        var next = !strayed && IsFinished && _running!.IsCompletedSuccessfully ? _context.NextRun : null;
        var end = strayed ? Failed(new InvalidOperationException(OrchestratorThread.IllegalAwait)) : IsFinished && next is null ? Finish() : null;
        return new Episode(end, next, now, lastRead, strayed ? [] : _context.Decisions, _context.CustomStatus);
    }

    private bool IsFinished => _running is { IsCompleted: true } && !_context.HasOpenTasks;

    private static (OrchestrationRuntimeStatus Status, string? Data)? Failed(Exception exception) =>
        (OrchestrationRuntimeStatus.Failed, Failure.Of(exception).ToJson());

    private (OrchestrationRuntimeStatus Status, string? Data)? Finish()
    {
        try
        {
#pragma warning disable VSTHRD002 // it has ended
            var output = _running!.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
            return (OrchestrationRuntimeStatus.Completed, options.Converter.Serialize(output));
        }
#pragma warning disable CA1031 // whatever the orchestrator, or the output's serialization, throws is the orchestration's failure
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Failed(exception);
        }
    }

    private void Deliver(HistoryEvent arrival)
    {
        if (arrival.Kind == HistoryKind.ExecutionStarted)
        {
            _running = BeginAsync();
        }
        else
        {
            _context.Deliver(arrival);
        }
    }

    /// <summary>Async, so that what the function throws before its first await is a failure of the task as well.</summary>
    private async Task<object?> BeginAsync() => await function(_context, input);

    private void RequireNoMoreThan(int checkedDecisions, HistoryEvent? next)
    {
        if (_context.Decisions.Count > checkedDecisions)
        {
            throw NonDeterministicException.Unexpected(next, _context.Decisions[checkedDecisions]);
        }
    }
}
