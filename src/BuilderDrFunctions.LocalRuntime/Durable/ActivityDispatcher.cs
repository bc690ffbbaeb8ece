using System.Threading.Channels;

namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Runs activities, so many at once, each at least once.</summary>
internal sealed class ActivityDispatcher(IDurableFunctions functions, DurableEngineOptions options, ILogger logger)
{
    /// <summary>How long an activity may go on once its time is up and it has been told.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly Channel<ActivityWork> _due = Channel.CreateUnbounded<ActivityWork>();
    private int _runningNow;

    public int Running => Volatile.Read(ref _runningNow);

    public void Enqueue(ActivityWork work) => _due.Writer.TryWrite(work);

    /// <summary>One of several loops; ends when it is told to stop and the activity it is in has ended.</summary>
    /// <param name="registry">Takes the answers.</param>
    /// <param name="stopping">No activity begins after this.</param>
    /// <param name="interrupting">An activity that fails after this was interrupted: it runs again at the next start.</param>
    public async Task RunAsync(OrchestrationRegistry registry, CancellationToken stopping, CancellationToken interrupting)
    {
        await foreach (var work in _due.Reader.ReadAllAsync(stopping))
        {
            await RunAsync(registry, work, interrupting);
        }
    }

    private async Task RunAsync(OrchestrationRegistry registry, ActivityWork work, CancellationToken interrupting)
    {
        using var cancel = new CancellationTokenSource(options.ActivityTimeout, options.Time);
        if (!registry.BeginActivity(work, cancel))
        {
            return;
        }

        Interlocked.Increment(ref _runningNow);
        HistoryEvent? answer = null;
        try
        {
            answer = await AnswerAsync(work, cancel.Token, interrupting);
        }
        finally
        {
            Interlocked.Decrement(ref _runningNow);
            registry.EndActivity(work, cancel, answer);
        }
    }

    private async Task<HistoryEvent?> AnswerAsync(ActivityWork work, CancellationToken cancelled, CancellationToken interrupting)
    {
        var (name, input) = (work.Call.Name!, work.Call.Data);
        if (functions.FindActivity(name) is not { } function)
        {
            return Failed(work, Failure.ActivityNotFound(name));
        }

        Task<object?>? running = null;
        try
        {
            var limit = options.ActivityTimeout == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan : options.ActivityTimeout + Grace;
            running = function(new ActivityCall(name, input, work.Instance.Id, work.Call.TaskId, work.Attempt), cancelled);
            var result = await running.WaitAsync(limit, options.Time, CancellationToken.None);
            return Answer(work, HistoryKind.TaskCompleted, options.Converter.Serialize(result));
        }
#pragma warning disable CA1031 // whatever an activity throws is its failure, for its orchestrator to handle
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (interrupting.IsCancellationRequested || work.Instance.Ended)
            {
                return null;
            }

            if (!cancelled.IsCancellationRequested)
            {
                return Failed(work, Failure.Of(exception));
            }

            if (running is { IsCompleted: false })
            {
                DurableLog.ActivityLeftBehind(logger, name, work.Call.TaskId, work.Instance.Id, Grace);
            }

            return Failed(work, Failure.Of(new TimeoutException(
                $"Activity '{name}' ran longer than {options.ActivityTimeout} and was cancelled. "
                + "HINT: functionTimeout in host.json sets the limit.")));
        }
    }

    private HistoryEvent Failed(ActivityWork work, Failure failure)
    {
        DurableLog.ActivityFailed(
            logger, work.Call.Name!, work.Call.TaskId, work.Instance.Id, failure.ErrorType, failure.ErrorMessage);
        return Answer(work, HistoryKind.TaskFailed, failure.ToJson());
    }

    private HistoryEvent Answer(ActivityWork work, HistoryKind kind, string? data) =>
        new(kind, work.Call.TaskId, options.Time.GetUtcNow().UtcDateTime, work.Call.Name, data);
}
