namespace BuilderDrFunctions.Durability;

/// <summary>What a running operation says of itself: its custom status. Small, and free of secrets.</summary>
/// <param name="Phase">The step under way, in an operator's words.</param>
/// <param name="Steps">The steps begun so far, oldest first.</param>
/// <param name="CancelRequested">An operator asked for its end.</param>
/// <param name="Progress">How far the current step is, where it can tell.</param>
public sealed record OperationStatus(string Phase, IReadOnlyList<OperationStep> Steps, bool CancelRequested, StepProgress? Progress);

/// <summary>A step of an operation.</summary>
/// <param name="Phase">Its name.</param>
/// <param name="BegunAt">UTC.</param>
/// <param name="EndedAt">UTC; null while it runs or when it failed.</param>
public sealed record OperationStep(string Phase, DateTimeOffset BegunAt, DateTimeOffset? EndedAt);

/// <summary>How far a step is. Sent by activities as the external event <see cref="EventName"/>.</summary>
/// <param name="Step">Which part of the phase reports, such as a database's name.</param>
/// <param name="Bytes">Done so far.</param>
/// <param name="TotalBytes">Expected in all; null when unknown.</param>
/// <param name="Objects">Done so far.</param>
/// <param name="TotalObjects">Expected in all; null when unknown.</param>
public sealed record StepProgress(string Step, long Bytes, long? TotalBytes, long Objects, long? TotalObjects)
{
    /// <summary>Name of the external event that carries it.</summary>
    public const string EventName = "Progress";

    /// <summary>0 to 100, or null when no total is known. Bytes tell more than objects.</summary>
    public int? Percent => Share(Bytes, TotalBytes) ?? Share(Objects, TotalObjects);

    private static int? Share(long done, long? total) =>
        total is > 0 ? (int)Math.Clamp(100.0 * done / total.Value, 0, 100) : null;
}
