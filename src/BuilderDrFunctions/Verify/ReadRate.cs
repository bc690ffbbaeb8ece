using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Verify;

/// <summary>Slows reading down to the rate an operator set: one for all verifications of a worker process.</summary>
public sealed class ReadRate(IOptions<VerifyOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(0.2);

    private readonly Lock _lock = new();
    private DateTimeOffset _paidUntil;

    /// <summary>Waits until the bytes just read fit into the rate.</summary>
    public async ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        if (options.Value.MaxBytesPerSecond == 0)
        {
            return;
        }

        TimeSpan wait;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var earliest = now - Burst;
            _paidUntil = (_paidUntil > earliest ? _paidUntil : earliest) + TimeSpan.FromSeconds((double)bytes / options.Value.MaxBytesPerSecond);
            wait = _paidUntil - now;
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
