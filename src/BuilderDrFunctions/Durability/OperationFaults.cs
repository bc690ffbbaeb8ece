using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Durability;

/// <summary>The faults of operations as such, DR102x.</summary>
public static class OperationFaults
{
    /// <summary>The number of a canceled operation: its end is shown as canceled, not as failed.</summary>
    public const string CanceledCode = "DR1020";

    /// <summary>The number of a step whose operation ended before it.</summary>
    public const string AbandonedCode = "DR1021";

    /// <summary>An operator canceled it.</summary>
    public static PermanentFaultException Canceled(string? reason) =>
        new(CanceledCode,
            string.IsNullOrWhiteSpace(reason) ? "the operation was canceled by an operator" : $"the operation was canceled by an operator: {reason}",
            "nothing is left to do; start it again when it suits");

    /// <summary>Its instance ended (terminated, purged) while an activity of it was still at work.</summary>
    public static PermanentFaultException Abandoned(string operationId) =>
        new(AbandonedCode, $"operation {operationId} ended while one of its steps was still at work", "the step has ended too; start the operation again");

    /// <summary>Someone terminated its instance.</summary>
    public static PermanentFaultException Terminated(string operationId) =>
        new("DR1022", $"operation {operationId} was terminated through the durable extension's API", "use POST /api/operations/{id}/cancel next time: it puts things in order first");
}
