namespace BuilderDrFunctions.LocalRuntime.Functions;

/// <summary>The app's functions, and how the durable engine calls its share of them.</summary>
internal sealed class FunctionCatalog(IReadOnlyList<FunctionDescriptor> functions, InvocationServices services, TimeProvider time) : IDurableFunctions
{
    private readonly Dictionary<string, FunctionDescriptor> _byName = functions.ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, FunctionDescriptor> _orchestrators = Named<OrchestrationTriggerAttribute>(functions);
    private readonly Dictionary<string, FunctionDescriptor> _activities = Named<ActivityTriggerAttribute>(functions);

    public IReadOnlyList<FunctionDescriptor> All => functions;

    public IReadOnlyCollection<string> OrchestratorNames => _orchestrators.Keys;

    public bool TryFind(string name, [NotNullWhen(true)] out FunctionDescriptor? function) => _byName.TryGetValue(name, out function);

    public OrchestratorInvoker? FindOrchestrator(string name) => _orchestrators.TryGetValue(name, out var function)
        ? (context, input) => OrchestrateAsync(function, context, input)
        : null;

    public ActivityInvoker? FindActivity(string name) => _activities.TryGetValue(name, out var function)
        ? (call, cancellationToken) => Telemetry.TraceActivityAsync(call, () => RunAsync(function, call, call.Input, cancellationToken))
        : null;

    private async Task<object?> OrchestrateAsync(FunctionDescriptor function, TaskOrchestrationContext context, string? input)
    {
        var began = context.CurrentUtcDateTime;
        Exception? failure = null;
        try
        {
            return await RunAsync(function, context, input, CancellationToken.None);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            Telemetry.OrchestrationEnded(function.Name, context.InstanceId, began, time.GetUtcNow().UtcDateTime, failure);
        }
    }

    private async Task<object?> RunAsync(FunctionDescriptor function, object trigger, string? input, CancellationToken cancellationToken)
    {
        await using var invocation = new Invocation(function, services, trigger, cancellationToken) { Input = input };
        return await invocation.RunAsync();
    }

    private static Dictionary<string, FunctionDescriptor> Named<TTrigger>(IEnumerable<FunctionDescriptor> functions) =>
        functions.Where(function => function is { Trigger: TTrigger, IsDisabled: false }).ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);
}

/// <summary>The seam between the durable engine and the host: which orchestrators and activities the app has.</summary>
internal interface IDurableFunctions
{
    /// <summary>Null when the app has no orchestrator of this name (compared without regard to case).</summary>
    OrchestratorInvoker? FindOrchestrator(string name);

    /// <summary>Null when the app has no activity of this name (compared without regard to case).</summary>
    ActivityInvoker? FindActivity(string name);
}

/// <summary>Runs an orchestrator function on the calling thread's synchronization context.</summary>
/// <param name="context">What the function may use.</param>
/// <param name="input">The input as JSON; null when there is none.</param>
/// <returns>The function's return value, not yet serialized.</returns>
internal delegate Task<object?> OrchestratorInvoker(TaskOrchestrationContext context, string? input);

/// <summary>Runs an activity function.</summary>
/// <param name="call">What is called, and with what.</param>
/// <param name="cancellationToken">Cancelled at shutdown, at the activity's time limit and when the instance is terminated.</param>
/// <returns>The function's return value, not yet serialized.</returns>
internal delegate Task<object?> ActivityInvoker(ActivityCall call, CancellationToken cancellationToken);

/// <summary>One run of an activity.</summary>
/// <param name="Name">The activity's name as the orchestrator wrote it.</param>
/// <param name="Input">The input as JSON; null when there is none.</param>
/// <param name="InstanceId">The orchestration that called it.</param>
/// <param name="TaskId">The call's number within that orchestration's history.</param>
/// <param name="Attempt">1 for the first run since the runtime started; higher after a run that was interrupted.</param>
internal sealed record ActivityCall(string Name, string? Input, string InstanceId, int TaskId, int Attempt);
