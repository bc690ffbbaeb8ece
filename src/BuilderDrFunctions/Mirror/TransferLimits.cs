namespace BuilderDrFunctions.Mirror;

/// <summary>What one worker process may transfer: objects at once, and bytes per second. One for all batches that run in it.</summary>
public sealed class TransferLimits : IDisposable
{
    private readonly SemaphoreSlim _slots;
    private readonly long _bytesPerSecond;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private DateTimeOffset _paidUntil;

    /// <summary>Takes the limits from the options.</summary>
    public TransferLimits(MirrorOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        _slots = new SemaphoreSlim(options.Parallelism);
        _bytesPerSecond = options.MaxBytesPerSecond;
        _clock = clock;
    }

    /// <summary>Runs one transfer when there is a free slot.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> transfer, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            return await transfer(cancellationToken);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Waits until the bytes just read fit into the limit. At most a tenth of a second's bytes pass in one burst.</summary>
    public ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        if (_bytesPerSecond == 0)
        {
            return ValueTask.CompletedTask;
        }

        TimeSpan wait;
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            var earliest = now - TimeSpan.FromSeconds(0.1);
            _paidUntil = (_paidUntil > earliest ? _paidUntil : earliest) + TimeSpan.FromSeconds((double)bytes / _bytesPerSecond);
            wait = _paidUntil - now;
        }

        return wait > TimeSpan.Zero ? new ValueTask(Task.Delay(wait, _clock, cancellationToken)) : ValueTask.CompletedTask;
    }

    /// <summary>A token that is cancelled after a time.</summary>
    public CancellationTokenSource Within(TimeSpan limit) => new(limit, _clock);

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();
}
