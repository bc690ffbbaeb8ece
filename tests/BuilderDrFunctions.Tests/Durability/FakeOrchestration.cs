using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using BuilderDrFunctions.Durability;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BuilderDrFunctions.Tests.Durability;

/// <summary>An orchestration whose steps end as a test says, and which an operator cancels when the test does.</summary>
[SuppressMessage("Usage", "VSTHRD003", Justification = "the test itself ends what is awaited, on its own thread")]
internal class FakeOrchestration : TaskOrchestrationContext
{
    /// <summary>What comes of each activity and sub-orchestration, by name; any other is not expected.</summary>
    public Dictionary<string, Func<Task<object>>> Steps { get; } = new(StringComparer.Ordinal);

    /// <summary>What each step was last begun with, in the order of the first time.</summary>
    public Dictionary<string, object?> Inputs { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, TaskOptions?> Options { get; } = new(StringComparer.Ordinal);

    public OperationStatus? Status { get; private set; }

    public TaskCompletionSource<string> Cancel { get; } = new();

    public TaskCompletionSource Timer { get; } = new();

    public override TaskName Name => "test";

    public override string InstanceId => "test";

    public override ParentOrchestrationInstance? Parent => null;

    public override DateTime CurrentUtcDateTime => DateTime.UnixEpoch;

    public override bool IsReplaying => false;

    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    public void Answer(string step, object result) => Steps[step] = () => Task.FromResult(result);

    public void Fail(string step, string message) => Steps[step] = () => throw Failure(step, message);

    /// <summary>Lets a step go on until the test ends it.</summary>
    public TaskCompletionSource<object> Hold(string step)
    {
        var ending = new TaskCompletionSource<object>();
        Steps[step] = () => ending.Task;
        return ending;
    }

    public static TaskFailedException Failure(string step, string message) => new(step, 1, new TaskFailureDetails("fault", message, null, null, null));

    /// <summary>What the SDK throws when someone terminated a sub-orchestration: a failure without details.</summary>
    public static TaskFailedException Termination()
    {
        var failure = (TaskFailedException)RuntimeHelpers.GetUninitializedObject(typeof(TaskFailedException));
        Debug.Assert(failure.FailureDetails is null, "nothing was set");
        return failure;
    }

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null) => DoAsync<TResult>(name, input, options);

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        DoAsync<TResult>(orchestratorName, input, options);

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default) =>
        eventName == OperationScope.CancelEvent ? (Task<T>)(object)Cancel.Task : new TaskCompletionSource<T>().Task;

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        cancellationToken.Register(() => Timer.TrySetCanceled(cancellationToken));
        return Timer.Task;
    }

    public override void SetCustomStatus(object? customStatus) => Status = (OperationStatus?)customStatus;

    public override void SendEvent(string instanceId, string eventName, object payload) => throw new NotSupportedException();

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => throw new NotSupportedException();

    public override T? GetInput<T>()
        where T : default => throw new NotSupportedException();

    public override Guid NewGuid() => throw new NotSupportedException();

    private async Task<TResult> DoAsync<TResult>(TaskName name, object? input, TaskOptions? options)
    {
        Inputs[name.Name] = input;
        Options[name.Name] = options;
        return (TResult)await Steps[name.Name]();
    }
}
