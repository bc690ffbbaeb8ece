namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Brings the events of one orchestration and those who wait for them together; names match in any case of letters.</summary>
internal sealed class ExternalEvents(DataConverter converter)
{
    private readonly Dictionary<string, Stack<Waiter>> _waiters = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Events nobody has waited for yet, oldest first.</summary>
    public List<HistoryEvent> Buffered { get; } = [];

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

        Buffered.Add(raised);
    }

    public Task<T> WaitFor<T>(string name, OrchestratorThread thread, CancellationToken cancellationToken)
    {
        var stack = _waiters.TryGetValue(name, out var existing) ? existing : _waiters[name] = new Stack<Waiter>();
        if (stack.FirstOrDefault(waiter => waiter.IsWaiting) is { } other && other.EventType != typeof(T))
        {
            throw new ArgumentException(
                $"Events with the same name must have the same type argument. Expected {other.EventType.FullName} but was requested {typeof(T).FullName}.",
                nameof(name));
        }

#pragma warning disable VSTHRD200, MA0173 // continuations must run at once, on the orchestrator's thread
        var arrival = new TaskCompletionSource<T>();
#pragma warning restore VSTHRD200, MA0173
        var waiter = new Waiter(typeof(T), arrival.Task, Accept);
        var index = Buffered.FindIndex(raised => string.Equals(raised.Name, name, StringComparison.OrdinalIgnoreCase));
        if (index >= 0)
        {
            var first = Buffered[index];
            Buffered.RemoveAt(index);
            Accept(first.Data);
        }
        else
        {
            stack.Push(waiter);
            cancellationToken.Register(() =>
            {
                thread.EnsureCurrent();
                arrival.TrySetCanceled(cancellationToken);
            });
        }

        return arrival.Task;

        void Accept(string? payload)
        {
            try
            {
                arrival.SetResult(converter.Deserialize<T>(payload)!);
            }
#pragma warning disable CA1031 // whatever the payload breaks belongs to the orchestrator that awaits it
            catch (Exception exception)
#pragma warning restore CA1031
            {
                arrival.SetException(exception);
            }
        }
    }

    private sealed record Waiter(Type EventType, Task Task, Action<string?> Accept)
    {
        public bool IsWaiting => !Task.IsCompleted;
    }
}
