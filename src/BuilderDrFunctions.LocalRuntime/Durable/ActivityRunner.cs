namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Runs activities, each at least once.</summary>
internal sealed class ActivityRunner(IDurableFunctions functions, DurableEngineOptions options, Action<Action<OrchestrationLedger>> post, ILogger logger)
{
    /// <summary>How long an activity may go on once its time is up and it has been told.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private int _running;

    public int Running => Volatile.Read(ref _running);

    /// <summary>Runs one and posts its answer; an activity that fails after the interruption has none, and runs again at the next start.</summary>
    public async ValueTask RunAsync(ActivityWork work, CancellationToken interrupting)
    {
        var ending = work.Instance.Ending;
        Interlocked.Increment(ref _running);
        if (!ending.IsCancellationRequested && await AnswerAsync(work, ending, interrupting) is var (kind, data))
        {
            var answer = new HistoryEvent(kind, work.Call.TaskId, options.Time.GetUtcNow().UtcDateTime, work.Call.Name, data);
            post(ledger => ledger.Answer(work.Instance, answer));
        }

        Interlocked.Decrement(ref _running);
    }

    private async Task<(HistoryKind Kind, string? Data)?> AnswerAsync(ActivityWork work, CancellationToken ending, CancellationToken interrupting)
    {
        var (name, infinite) = (work.Call.Name!, Timeout.InfiniteTimeSpan);
        if (functions.FindActivity(name) is not { } function)
        {
            return Failed(work, Failure.ActivityNotFound(name));
        }

        using var limit = new CancellationTokenSource(options.ActivityTimeout, options.Time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ending, interrupting);
        Task<object?>? running = null;
        try
        {
            // On a thread of its own: one that blocks before its first await has a time limit too.
            running = Task.Run(() => function(new ActivityCall(name, work.Call.Data, work.Instance.Id, work.Call.TaskId, work.Attempt), any.Token), CancellationToken.None);
            var result = await running.WaitAsync(options.ActivityTimeout == infinite ? infinite : options.ActivityTimeout + Grace, options.Time, CancellationToken.None);
            return (HistoryKind.TaskCompleted, options.Converter.Serialize(result));
        }
#pragma warning disable CA1031 // whatever an activity throws is its failure, for its orchestrator to handle
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (interrupting.IsCancellationRequested || ending.IsCancellationRequested)
            {
                return null;
            }

            if (!limit.IsCancellationRequested)
            {
                return Failed(work, Failure.Of(exception));
            }

            if (running is { IsCompleted: false })
            {
                DurableLog.ActivityLeftBehind(logger, name, work.Call.TaskId, work.Instance.Id, Grace);
            }

            return Failed(work, Failure.Of(new TimeoutException(
                $"Activity '{name}' ran longer than {options.ActivityTimeout} and was cancelled. HINT: functionTimeout in host.json sets the limit.")));
        }
    }

    private (HistoryKind Kind, string? Data) Failed(ActivityWork work, Failure failure)
    {
        DurableLog.ActivityFailed(logger, work.Call.Name!, work.Call.TaskId, work.Instance.Id, failure.ErrorType, failure.ErrorMessage);
        return (HistoryKind.TaskFailed, failure.ToJson());
    }
}

/// <summary>An activity that has to run.</summary>
/// <param name="Instance">Who asked for it.</param>
/// <param name="Call">The call in history.</param>
/// <param name="Attempt">2 when an earlier process may have run it already.</param>
internal sealed record ActivityWork(OrchestrationInstance Instance, HistoryEvent Call, int Attempt);
