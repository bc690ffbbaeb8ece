namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Fires timers by the wall clock; late ones at once.</summary>
internal sealed class TimerQueue(TimeProvider time)
{
    /// <summary>The clock is looked at this often, so that one that was set forward is noticed.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Lock _sync = new();
    private readonly PriorityQueue<TimerEntry, DateTime> _entries = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(TimerEntry entry)
    {
        lock (_sync)
        {
            _entries.Enqueue(entry, entry.Due);
            if (_entries.Peek() == entry)
            {
                _changed.TrySetResult();
            }
        }
    }

    public async Task RunAsync(Action<TimerEntry> fire, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var (due, wait, change) = TakeDue();
            due.ForEach(fire);
            await Task.WhenAny(Task.Delay(wait, time, cancellationToken), change);
        }
    }

    private (List<TimerEntry> Due, TimeSpan Wait, Task Change) TakeDue()
    {
        lock (_sync)
        {
            if (_changed.Task.IsCompleted)
            {
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            var now = time.GetUtcNow().UtcDateTime;
            var due = new List<TimerEntry>();
            var wait = LongestWait;
            while (_entries.TryPeek(out var entry, out var at))
            {
                if (at > now && OrchestrationLedger.IsCurrent(entry.Instance, entry.Run))
                {
                    wait = at - now < LongestWait ? at - now : LongestWait;
                    break;
                }

                due.Add(_entries.Dequeue());
            }

            return (due, wait, _changed.Task);
        }
    }
}

/// <summary>A timer of one run of an orchestration.</summary>
internal sealed record TimerEntry(OrchestrationInstance Instance, long Run, int TaskId, DateTime Due);
