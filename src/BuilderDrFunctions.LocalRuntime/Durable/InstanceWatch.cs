namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Wakes those who wait for an instance to start or end.</summary>
internal sealed class InstanceWatch
{
    private readonly Lock _sync = new();
    private readonly Dictionary<string, (TaskCompletionSource Pulse, int Waiters)> _watched = new(StringComparer.Ordinal);

    /// <summary>Reads until the answer is one to return, again after each change of the instance.</summary>
    public async Task<T> UntilAsync<T>(string instanceId, Func<T?> read, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            var pulse = Join(instanceId);
            try
            {
                if (read() is { } answer)
                {
                    return answer;
                }

                await pulse.WaitAsync(cancellationToken);
            }
            finally
            {
                Leave(instanceId, pulse);
            }
        }
    }

    public void Pulse(string instanceId)
    {
        lock (_sync)
        {
            if (_watched.Remove(instanceId, out var entry))
            {
                entry.Pulse.SetResult();
            }
        }
    }

    private Task Join(string instanceId)
    {
        lock (_sync)
        {
            var (pulse, waiters) = _watched.TryGetValue(instanceId, out var entry)
                ? entry
                : (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
            _watched[instanceId] = (pulse, waiters + 1);
            return pulse.Task;
        }
    }

    private void Leave(string instanceId, Task pulse)
    {
        lock (_sync)
        {
            if (_watched.TryGetValue(instanceId, out var entry) && entry.Pulse.Task == pulse)
            {
                if (entry.Waiters == 1)
                {
                    _watched.Remove(instanceId);
                }
                else
                {
                    _watched[instanceId] = (entry.Pulse, entry.Waiters - 1);
                }
            }
        }
    }
}
