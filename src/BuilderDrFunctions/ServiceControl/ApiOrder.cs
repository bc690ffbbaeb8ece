namespace BuilderDrFunctions.ServiceControl;

/// <summary>Tells an activity which API to stop or start.</summary>
/// <param name="OperationId">The run.</param>
/// <param name="Site">Whose API.</param>
/// <param name="StaysDown">It is stopped for good, as it was found: nobody is to start it again.</param>
public sealed record ApiOrder(string OperationId, string Site, bool StaysDown = false)
{
    /// <summary>Where somebody else has stopped it since the run looked, it is left as it is: the run needs it down and does not promise to start it.</summary>
    public bool MayStayDown { get; init; }
}

/// <summary>When the API was asked to stop, and when it was down. UTC.</summary>
public sealed record StopReceipt(DateTimeOffset RequestedAt, DateTimeOffset DownAt)
{
    /// <summary>Somebody else had stopped it: it was left as it was, and nobody is to start it.</summary>
    public bool WasDown { get; init; }

    /// <summary>For how long a run may keep it down: <c>Monitoring__MaxApiDowntime</c>.</summary>
    public TimeSpan MostDown { get; init; }
}

/// <summary>For how long a run may keep an API down.</summary>
public sealed record DowntimeLimit(TimeSpan Most);

/// <summary>When the API answered again, UTC.</summary>
public sealed record StartReceipt(DateTimeOffset UpAt);
