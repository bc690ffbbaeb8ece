namespace BuilderDrFunctions.LocalRuntime.Functions;

/// <summary>The app's functions, and how the durable engine calls its share of them.</summary>
internal sealed class FunctionCatalog(IReadOnlyList<FunctionDescriptor> functions, InvocationServices services, TimeProvider time) : IDurableFunctions
{
    private readonly Dictionary<string, FunctionDescriptor> _byName = functions.ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, FunctionDescriptor> _orchestrators = Named(functions, FunctionKind.Orchestration);
    private readonly Dictionary<string, FunctionDescriptor> _activities = Named(functions, FunctionKind.Activity);

    public IReadOnlyList<FunctionDescriptor> All => functions;

    public InvocationServices Services => services;

    public IReadOnlyCollection<string> OrchestratorNames => _orchestrators.Keys;

    public bool TryFind(string name, [NotNullWhen(true)] out FunctionDescriptor? function) => _byName.TryGetValue(name, out function);

    public OrchestratorInvoker? FindOrchestrator(string name) => _orchestrators.TryGetValue(name, out var function)
        ? (context, input) => OrchestrateAsync(function, context, input)
        : null;

    public ActivityInvoker? FindActivity(string name) => _activities.TryGetValue(name, out var function)
        ? (call, cancellationToken) => DurableTelemetry.TraceActivityAsync(
            call, () => RunAsync(function, call, call.Input, cancellationToken))
        : null;

    private async Task<object?> OrchestrateAsync(FunctionDescriptor function, TaskOrchestrationContext context, string? input)
    {
        var began = context.CurrentUtcDateTime;
        try
        {
            var result = await RunAsync(function, context, input, CancellationToken.None);
            DurableTelemetry.OrchestrationEnded(function.Name, context.InstanceId, began, time.GetUtcNow().UtcDateTime, failure: null);
            return result;
        }
        catch (Exception exception)
        {
            DurableTelemetry.OrchestrationEnded(function.Name, context.InstanceId, began, time.GetUtcNow().UtcDateTime, exception);
            throw;
        }
    }

    private async Task<object?> RunAsync(FunctionDescriptor function, object trigger, string? input, CancellationToken cancellationToken)
    {
        await using var invocation = new Invocation(function, services, trigger, cancellationToken) { Input = input };
        return await invocation.RunAsync();
    }

    private static Dictionary<string, FunctionDescriptor> Named(IEnumerable<FunctionDescriptor> functions, FunctionKind kind) =>
        functions.Where(function => function.Kind == kind && !function.IsDisabled)
            .ToDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase);
}
