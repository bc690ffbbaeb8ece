namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>Starts the engine before the first request is taken, and stops it after the last was answered.</summary>
internal sealed class RuntimeService(
    FunctionCatalog catalog,
    DurableEngine engine,
    TimerService timers,
    KeyRing keys,
    TimerStatusFile statuses,
    HostSettings settings,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers) : IHostedService
{
    private readonly ILogger _log = loggers.CreateLogger("Host.Startup");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        OwnerOnlyFile.CreateFolder(settings.StateFolder);
        try
        {
            await engine.StartAsync(cancellationToken);
            keys.Open();
            statuses.Open();
        }
        catch (Exception exception) when (exception is StateFileException or InvalidDataException)
        {
            throw new FunctionsStartupException([exception.Message]);
        }

        _log.HostStarting(catalog.All.Count, settings.StateFolder, keys.Path);
        foreach (var function in catalog.All)
        {
            _log.FunctionFound(function.Name, Describe(function), function.IsDisabled ? " (disabled)" : "");
        }

        _ = engine.Completion.ContinueWith(
            _ => EndHost(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        lifetime.ApplicationStopping.Register(() => _log.HostStopping(settings.Engine.DrainTimeout));
        lifetime.ApplicationStarted.Register(timers.Start);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await timers.StopAsync(cancellationToken);
        }
        finally
        {
            await engine.StopAsync(drain: true, cancellationToken);
        }
    }

    /// <summary>Without its state file the host would lose what it is told, so it ends, and says so by its exit code; the engine has said why.</summary>
    private void EndHost()
    {
        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }

    private string Describe(FunctionDescriptor function) => function.Trigger switch
    {
        HttpTriggerAttribute http => $"[{(http.Methods is { Length: > 0 } methods ? string.Join(',', methods).ToUpperInvariant() : "all methods")}] /{HttpFunctions.RouteOf(function, settings)}",
        TimerTriggerAttribute timer => $"timer {timer.Schedule}",
        var other => other is ActivityTriggerAttribute ? "activity" : "orchestration",
    };
}
