namespace BuilderDrFunctions.LocalRuntime.Timers;

/// <summary>Runs one timer function when it is due, one run at a time.</summary>
internal sealed class TimerRunner(
    FunctionDescriptor function, TimerSchedule schedule, FunctionInvoker invoker, TimerStatusFile statuses, TimeProvider time, ILogger log) : IDisposable
{
    // the machine's clock may be set while a delay runs, so no delay is trusted for longer
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    private readonly TimerTriggerAttribute _trigger = (TimerTriggerAttribute)function.Trigger;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private ScheduleStatus _status = new();

    private bool KeepsStatus { get; } = ((TimerTriggerAttribute)function.Trigger).UseMonitor && !schedule.IsFinerThanAMinute(time.GetUtcNow());

    public string Name => function.Name;

    /// <summary>Keeps the schedule until the first token is cancelled; runs end early only for the second.</summary>
    public async Task RunAsync(CancellationToken stopping, CancellationToken interrupting)
    {
        var isPastDue = Restore(time.GetUtcNow());
        log.TimerNext(Name, _status.Next);
        if (isPastDue || _trigger.RunOnStartup)
        {
            await RunOnceAsync(isPastDue, isScheduled: true, interrupting);
        }

        while (true)
        {
            await WaitUntilDueAsync(stopping);
            await RunOnceAsync(isPastDue: false, isScheduled: true, interrupting);
        }
    }

    /// <summary>Runs the function outside of its schedule, after a run that is going on.</summary>
    public Task RunNowAsync(CancellationToken cancellationToken) => RunOnceAsync(isPastDue: false, isScheduled: false, cancellationToken);

    /// <summary>Ends once no run is going on; none begins after that.</summary>
    public Task CloseAsync(CancellationToken cancellationToken) => _oneAtATime.WaitAsync(cancellationToken);

    public void Dispose() => _oneAtATime.Dispose();

    private async Task RunOnceAsync(bool isPastDue, bool isScheduled, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            var began = time.GetUtcNow();
            var info = new TimerInfo { IsPastDue = isPastDue, ScheduleStatus = KeepsStatus ? _status : null };
            var (_, isCutShort) = await invoker.RunAsync(function, info, _ => Task.CompletedTask, cancellationToken);

            // a run that a stop of the host cut short counts as missed, and is made up for
            if (isScheduled && !(isCutShort && cancellationToken.IsCancellationRequested))
            {
                var due = new DateTimeOffset(_status.Next, TimeSpan.Zero);
                var last = began >= due && schedule.Next(due) > began ? due : began;
                Save(last.UtcDateTime, schedule.Next(last));
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Takes up the recorded status; true when an occurrence passed while nothing ran.</summary>
    private bool Restore(DateTimeOffset now)
    {
        if (KeepsStatus && statuses.Read(Name) is { } known)
        {
            var basis = new DateTimeOffset(known.Last != default ? known.Last : known.LastUpdated, TimeSpan.Zero);
            if (known.Next == schedule.Next(basis).UtcDateTime && !IsBeyondNextPeriod(known.Next, now))
            {
                _status = known;
                return now.UtcDateTime >= known.Next;
            }
        }

        // it never ran, the schedule was changed, or the clock stood in the future when this was written: begin anew from now
        Save(last: default, schedule.Next(now));
        return false;
    }

    private async Task WaitUntilDueAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            if (IsBeyondNextPeriod(_status.Next, now))
            {
                Save(_status.Last, schedule.Next(now));
            }

            var rest = _status.Next - now.UtcDateTime;
            if (rest <= TimeSpan.Zero)
            {
                return;
            }

            await Task.Delay(rest < LongestDelay ? rest : LongestDelay, time, cancellationToken);
        }
    }

    /// <summary>True only after the clock was set back by more than a period; a smaller step must not run an occurrence twice.</summary>
    private bool IsBeyondNextPeriod(DateTime next, DateTimeOffset now) => next > schedule.Next(schedule.Next(now)).UtcDateTime;

    private void Save(DateTime last, DateTimeOffset next)
    {
        _status = new ScheduleStatus { Last = last, Next = next.UtcDateTime, LastUpdated = time.GetUtcNow().UtcDateTime };
        try
        {
            if (KeepsStatus)
            {
                statuses.Write(Name, _status);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // a full disk must not end the schedule; at worst a run is made up for that took place
            log.TimerStatusNotSaved(exception, Name);
        }
    }
}
