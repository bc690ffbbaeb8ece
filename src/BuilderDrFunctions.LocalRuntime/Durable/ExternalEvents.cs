namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Brings the events of one orchestration and those who wait for them together; names match in any case of letters.</summary>
internal sealed class ExternalEvents(DataConverter converter)
{
    private readonly Dictionary<string, Stack<IWaiter>> _waiters = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<HistoryEvent> _buffered = [];

    private interface IWaiter
    {
        Type EventType { get; }

        bool IsWaiting { get; }

        void Accept(string? payload);
    }

    /// <summary>Events nobody has waited for yet, oldest first.</summary>
    public IReadOnlyList<HistoryEvent> Buffered => _buffered;

    public bool AnyoneWaits => _waiters.Values.Any(stack => stack.Any(waiter => waiter.IsWaiting));

    /// <summary>Gives the event to the newest waiter that still waits, or keeps it.</summary>
    public void Raise(HistoryEvent raised)
    {
        while (_waiters.TryGetValue(raised.Name!, out var stack) && stack.TryPop(out var waiter))
        {
            if (waiter.IsWaiting)
            {
                waiter.Accept(raised.Data);
                return;
            }
        }

        _buffered.Add(raised);
    }

    public Task<T> WaitFor<T>(string name, OrchestratorThread thread, CancellationToken cancellationToken)
    {
        var stack = _waiters.TryGetValue(name, out var existing) ? existing : _waiters[name] = new Stack<IWaiter>();
        if (stack.FirstOrDefault(waiter => waiter.IsWaiting) is { } other && other.EventType != typeof(T))
        {
            throw new ArgumentException("Events with the same name must have the same type argument. Expected"
                + $" {other.EventType.FullName} but was requested {typeof(T).FullName}.", nameof(name));
        }

        var mine = new Waiter<T>(converter);
        var index = _buffered.FindIndex(raised => string.Equals(raised.Name, name, StringComparison.OrdinalIgnoreCase));
        if (index >= 0)
        {
            var first = _buffered[index];
            _buffered.RemoveAt(index);
            mine.Accept(first.Data);
        }
        else
        {
            stack.Push(mine);
            cancellationToken.Register(() => CancelOn(thread, mine, cancellationToken));
        }

        return mine.Task;
    }

    private static void CancelOn<T>(OrchestratorThread thread, Waiter<T> waiter, CancellationToken cancellationToken)
    {
        thread.EnsureCurrent();
        waiter.TrySetCanceled(cancellationToken);
    }

    private sealed class Waiter<T>(DataConverter converter) : TaskCompletionSource<T>, IWaiter
    {
        public Type EventType => typeof(T);

        public bool IsWaiting => !Task.IsCompleted;

        public void Accept(string? payload)
        {
            try
            {
                SetResult(converter.Deserialize<T>(payload)!);
            }
#pragma warning disable CA1031 // whatever the payload breaks belongs to the orchestrator that awaits it
            catch (Exception exception)
#pragma warning restore CA1031
            {
                SetException(exception);
            }
        }
    }
}
