namespace BuilderDrFunctions.Habitat;

/// <summary>Stops, starts and probes one Habitat service, <c>habitat/builder-api</c> unless told otherwise.</summary>
public interface IServiceControl
{
    /// <summary>False where the operator configured <c>none</c>: nothing is ever stopped or started.</summary>
    bool CanControl { get; }

    /// <summary>What the supervisor says of the service.</summary>
    Task<ServiceState> GetStateAsync(CancellationToken cancellationToken);

    /// <summary>Whether the supervisor is told to keep it up, and so brings it up again when it goes down; false where the supervisor does not say.</summary>
    Task<bool> IsWantedUpAsync(CancellationToken cancellationToken);

    /// <summary>The packages (<c>origin/name</c>) of all services that the supervisor runs; none where nothing is controlled.</summary>
    Task<IReadOnlyList<string>> ListRunningAsync(CancellationToken cancellationToken);

    /// <summary>Stops it and waits until it is down; a stop that is not reached in time is a fault. Already down is success.</summary>
    Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Starts it, waits until it is up and its status URL answers 200. Already up is success.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Whether the status URL answers 200 now; true where none is configured and the supervisor says up.</summary>
    Task<bool> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>What a supervisor says of a service.</summary>
public enum ServiceState
{
    /// <summary>Not loaded, or no supervisor control is configured.</summary>
    Unknown,

    /// <summary>Running.</summary>
    Up,

    /// <summary>Loaded and stopped.</summary>
    Down,
}
