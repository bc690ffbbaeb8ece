namespace BuilderDrFunctions.Habitat;

/// <summary>Stops and starts a service by <c>hab svc</c>, which only passes the wish on: each is waited for by asking the supervisor again.</summary>
internal sealed class HabitatServiceControl(string service, ServiceOptions options, IBuilderHost? host, StatusProbe probe, TimeProvider time) : IServiceControl
{
    private const int MostShown = 200;
    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // What the installer loads builder-api with; a service that was unloaded has lost it.
    private static readonly string[] LoadArguments = ["--bind", "memcached:builder-memcached.default", "--channel", "on-prem-stable", "--force"];

    /// <inheritdoc/>
    public bool CanControl => options.Controlled && host is not null;

    /// <inheritdoc/>
    public async Task<ServiceState> GetStateAsync(CancellationToken cancellationToken) =>
        CanControl ? (await GetStatusAsync(cancellationToken)).State : ServiceState.Unknown;

    /// <inheritdoc/>
    public async Task<bool> IsWantedUpAsync(CancellationToken cancellationToken) =>
        CanControl && await GetStatusAsync(cancellationToken) is { WantedUp: true };

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListRunningAsync(CancellationToken cancellationToken)
    {
        if (!CanControl)
        {
            return [];
        }

        var result = await HabAsync(["svc", "status"], cancellationToken);
        return result.ExitCode == 0
            ? ServiceStatusTable.Running(result.Output) ?? throw NotUnderstood(result)
            : throw Refused("status", result);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A service that is not loaded does not run: that is success too. One that is down for the moment, but wanted up, is told to stop:
    /// the supervisor would bring it up again.
    /// </remarks>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        RequireControl();
        if (await GetStatusAsync(cancellationToken) is { State: ServiceState.Unknown } or { State: ServiceState.Down, WantedUp: false })
        {
            return;
        }

        var since = time.GetTimestamp();
        await TellAsync(["svc", "stop", service], cancellationToken);
        while (await GetStateAsync(cancellationToken) == ServiceState.Up)
        {
            if (time.GetElapsedTime(since) >= options.StopTimeout)
            {
                throw HabitatFaults.StopTimedOut(service, host!.Description, options.StopTimeout);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    /// <remarks>One that is still up, but was told to stop, is told to start: it would go down in a moment, and stay so across reboots.</remarks>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        RequireControl();
        var since = time.GetTimestamp();
        var status = await GetStatusAsync(cancellationToken);
        if (status.State == ServiceState.Unknown)
        {
            await TellAsync(["svc", "load", service, .. service is "habitat/builder-api" ? LoadArguments : ["--force"]], cancellationToken);
        }
        else if (status is not { State: ServiceState.Up, WantedUp: true })
        {
            await TellAsync(["svc", "start", service], cancellationToken);
        }

        while (await GetStateAsync(cancellationToken) != ServiceState.Up)
        {
            if (time.GetElapsedTime(since) >= options.StartTimeout)
            {
                throw HabitatFaults.StartTimedOut(service, host!.Description, options.StartTimeout);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }

        while (probe.Url is not null && await probe.AskAsync(cancellationToken) is { } answer)
        {
            if (time.GetElapsedTime(since) >= options.StartTimeout)
            {
                throw HabitatFaults.NotServing(service, probe.Url, answer, options.StartTimeout);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    /// <remarks>With neither a status URL nor control nothing can be known, and nothing is wrong: true.</remarks>
    public async Task<bool> ProbeAsync(CancellationToken cancellationToken) =>
        probe.Url is not null
            ? await probe.AskAsync(cancellationToken) is null
            : !CanControl || await GetStateAsync(cancellationToken) == ServiceState.Up;

    private async Task<ServiceStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var result = await HabAsync(["svc", "status", service], cancellationToken);
        if (result.ExitCode == 0)
        {
            return ServiceStatusTable.Parse(result.Output, service) ?? throw NotUnderstood(result);
        }

        return Says(result, "Service not loaded") ? ServiceStatus.NotLoaded : throw Refused("status", result);
    }

    private Faults.PermanentFaultException NotUnderstood(HostCommandResult result)
    {
        var answer = result.Output.Trim().ReplaceLineEndings(" ");
        return HabitatFaults.SupervisorAnswerUnknown("hab svc status", host!.Description, answer.Length > MostShown ? answer[..MostShown] + "…" : answer);
    }

    private static bool Says(HostCommandResult result, string text) =>
        result.Error.Contains(text, StringComparison.OrdinalIgnoreCase) || result.Output.Contains(text, StringComparison.OrdinalIgnoreCase);

    private async Task TellAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var result = await HabAsync(arguments, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw Refused(arguments[1], result);
        }
    }

    private Task<HostCommandResult> HabAsync(string[] arguments, CancellationToken cancellationToken) =>
        host!.RunAsync(new HostCommand(options.Sudo ? "sudo -n hab" : "hab", arguments), cancellationToken);

    private Faults.FaultException Refused(string verb, HostCommandResult result) => Says(result, "Unable to contact the Supervisor")
        ? HabitatFaults.SupervisorUnreachable(host!.Description)
        : HabitatFaults.SupervisorRefused($"hab svc {verb} {service}", host!.Description, result.ExitCode);

    private void RequireControl()
    {
        if (!CanControl)
        {
            throw HabitatFaults.NotControlled(service);
        }
    }
}
