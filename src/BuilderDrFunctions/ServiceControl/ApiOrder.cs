namespace BuilderDrFunctions.ServiceControl;

/// <summary>Tells an activity which API to stop or start.</summary>
public sealed record ApiOrder(string OperationId, string Site);

/// <summary>When the API was asked to stop, and when it was down. UTC.</summary>
public sealed record StopReceipt(DateTimeOffset RequestedAt, DateTimeOffset DownAt);

/// <summary>When the API answered again, UTC.</summary>
public sealed record StartReceipt(DateTimeOffset UpAt);
