using System.Text.Json;
using System.Text.Json.Serialization;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.Operations;

/// <summary>An operation as the API shows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind"><c>backup</c> and so on.</param>
/// <param name="Site">On which Builder.</param>
/// <param name="State">How it is.</param>
/// <param name="Phase">The step under way, or the last one.</param>
/// <param name="Steps">The steps begun so far.</param>
/// <param name="Progress">How far the current step is.</param>
/// <param name="Percent">0 to 100, where it is known.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="UpdatedAt">UTC.</param>
/// <param name="Error">Why it failed: number, what happened, and the hint behind <c>HINT: </c>.</param>
/// <param name="Result">What it made.</param>
public sealed record OperationView(
    string Id, string Kind, string Site, OperationState State, string? Phase, IReadOnlyList<OperationStep> Steps, StepProgress? Progress,
    int? Percent, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string? Error, JsonElement? Result)
{
    /// <summary>Whether nothing will happen to it any more.</summary>
    [JsonIgnore]
    public bool HasEnded => State is OperationState.Succeeded or OperationState.Failed or OperationState.Canceled;

    /// <summary>Reads an instance that was fetched with its inputs and outputs.</summary>
    public static OperationView Of(OperationId id, OrchestrationMetadata instance)
    {
        var status = instance.SerializedCustomStatus is { Length: > 2 } ? instance.ReadCustomStatusAs<OperationStatus>() : null;
        var error = instance.RuntimeStatus switch
        {
            OrchestrationRuntimeStatus.Failed =>
                FaultText.Of(instance.FailureDetails) ?? FaultText.Find(instance.SerializedOutput) ?? instance.FailureDetails?.ErrorMessage ?? "it failed without saying why",
            OrchestrationRuntimeStatus.Terminated => OperationFaults.Terminated(id.ToString()).Message,
            _ => null,
        };
        return new OperationView(
            id.ToString(), id.Kind, id.Site, StateOf(instance.RuntimeStatus, error, status), status?.Phase, status?.Steps ?? [],
            instance.IsCompleted ? null : status?.Progress, instance.IsCompleted ? null : status?.Progress?.Percent,
            instance.CreatedAt, instance.LastUpdatedAt, error, ResultOf(instance));
    }

    /// <summary>An operation whose lock is taken and whose instance is about to begin.</summary>
    public static OperationView Pending(OperationId id) =>
        new(id.ToString(), id.Kind, id.Site, OperationState.Pending, null, [], null, null, id.At, id.At, null, null);

    private static OperationState StateOf(OrchestrationRuntimeStatus status, string? error, OperationStatus? custom) => status switch
    {
        OrchestrationRuntimeStatus.Completed => OperationState.Succeeded,
        OrchestrationRuntimeStatus.Failed when FaultText.CodeOf(error) == OperationFaults.CanceledCode => OperationState.Canceled,
        OrchestrationRuntimeStatus.Failed => OperationState.Failed,
        OrchestrationRuntimeStatus.Terminated => OperationState.Canceled,
        OrchestrationRuntimeStatus.Pending => OperationState.Pending,
        OrchestrationRuntimeStatus.Suspended => OperationState.Suspended,
        _ => custom is { CancelRequested: true } ? OperationState.Canceling : OperationState.Running,
    };

    private static JsonElement? ResultOf(OrchestrationMetadata instance) =>
        instance.RuntimeStatus == OrchestrationRuntimeStatus.Completed && instance.SerializedOutput is { Length: > 0 } output
            ? CamelCase.Of(JsonSerializer.Deserialize<JsonElement>(output))
            : null;
}

/// <summary>How an operation is.</summary>
public enum OperationState
{
    /// <summary>Accepted, not begun.</summary>
    Pending,

    /// <summary>Under way.</summary>
    Running,

    /// <summary>An operator asked for its end; it is putting things in order.</summary>
    Canceling,

    /// <summary>Held by an operator through the durable extension's API.</summary>
    Suspended,

    /// <summary>It did what it was asked.</summary>
    Succeeded,

    /// <summary>It did not; the error says why.</summary>
    Failed,

    /// <summary>An operator ended it.</summary>
    Canceled,
}

/// <summary>A page of operations.</summary>
/// <param name="Operations">Newest first.</param>
/// <param name="Continuation">Pass it as <c>?continuation=</c> for more; null when there is none.</param>
public sealed record OperationPage(IReadOnlyList<OperationView> Operations, string? Continuation);
