namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Runs an orchestrator's code one piece at a time, and notices when it continues anywhere else.</summary>
/// <remarks>
/// Durable tasks are completed on the orchestrator's own thread, so a continuation that comes from another one was waiting for
/// something that history does not know: it is dropped, and the orchestration must fail.
/// </remarks>
internal sealed class OrchestratorThread(Action onIllegalAwait) : SynchronizationContext
{
    public const string IllegalAwait = "An invalid asynchronous invocation was detected. This can be caused by awaiting non-durable tasks "
        + "in an orchestrator function's implementation or by middleware that invokes asynchronous code.";

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _continuations = new();
    private volatile int _owner;
    private int _reported;

    public bool AwaitedIllegally => Volatile.Read(ref _reported) != 0;

    private bool IsCurrent => _owner == Environment.CurrentManagedThreadId;

    public void Run<T>(Action<T> work, T argument)
    {
        var previous = Current;
        _owner = Environment.CurrentManagedThreadId;
        SetSynchronizationContext(this);
        try
        {
            work(argument);
            while (_continuations.TryDequeue(out var next))
            {
                next.Callback(next.State);
            }
        }
        finally
        {
            SetSynchronizationContext(previous);
            _owner = 0;
        }
    }

    public void EnsureCurrent()
    {
        if (!IsCurrent)
        {
            ReportIllegalAwait();
            throw new InvalidOperationException(IllegalAwait);
        }
    }

    public void ReportIllegalAwait()
    {
        if (Interlocked.Exchange(ref _reported, 1) == 0)
        {
            onIllegalAwait();
        }
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsCurrent)
        {
            _continuations.Enqueue((d, state));
        }
        else
        {
            ReportIllegalAwait();
        }
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        EnsureCurrent();
        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;
}
