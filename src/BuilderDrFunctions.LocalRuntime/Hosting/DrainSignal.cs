namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>Gives requests under way some time after a stop was asked for, and then cancels them.</summary>
internal sealed class DrainSignal : IDisposable
{
    private readonly CancellationTokenSource _requests;
    private readonly CancellationTokenRegistration _stopping;

    public DrainSignal(IHostApplicationLifetime lifetime, HostSettings settings, TimeProvider time)
    {
        _requests = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _stopping = lifetime.ApplicationStopping.Register(() => _requests.CancelAfter(settings.DrainTimeout));
    }

    public CancellationToken RequestsMustEnd => _requests.Token;

    public void Dispose()
    {
        _stopping.Dispose();
        _requests.Dispose();
    }
}
