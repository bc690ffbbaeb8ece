using System.Collections.Concurrent;

namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Wakes those who wait for an instance to start or end.</summary>
internal sealed class InstanceWatch
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _pulses = new(StringComparer.Ordinal);

    /// <summary>Reads until the answer is one to return, again after each change of the instance.</summary>
    public async Task<T> UntilAsync<T>(string instanceId, Func<T?> read, CancellationToken cancellationToken) where T : class
    {
        while (true)
        {
            var pulse = _pulses.GetOrAdd(instanceId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            try
            {
                if (read() is { } answer)
                {
                    return answer;
                }

                await pulse.Task.WaitAsync(cancellationToken);
            }
            finally
            {
                // whoever leaves takes the pulse along, so that none is kept for nobody; others who wait for it look once more
                _pulses.TryRemove(KeyValuePair.Create(instanceId, pulse));
                pulse.TrySetResult();
            }
        }
    }

    public void Pulse(string instanceId)
    {
        if (_pulses.TryRemove(instanceId, out var pulse))
        {
            pulse.TrySetResult();
        }
    }
}
