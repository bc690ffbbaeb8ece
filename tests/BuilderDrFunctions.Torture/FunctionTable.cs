using System.Text.Json;
using BuilderDrFunctions.LocalRuntime.Functions;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Torture;

/// <summary>Orchestrators and activities written down in a test, as the host would find them in an app.</summary>
internal sealed class FunctionTable : IDurableFunctions
{
    private static readonly JsonSerializerOptions Json = new() { IncludeFields = true };

    private readonly Dictionary<string, OrchestratorInvoker> orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ActivityInvoker> activities = new(StringComparer.OrdinalIgnoreCase);

    public OrchestratorInvoker? FindOrchestrator(string name) => orchestrators.GetValueOrDefault(name);

    public ActivityInvoker? FindActivity(string name) => activities.GetValueOrDefault(name);

    public FunctionTable Orchestrator<TIn, TOut>(string name, Func<TaskOrchestrationContext, TIn, Task<TOut>> body)
    {
        orchestrators[name] = async (context, input) => await body(context, Read<TIn>(input));
        return this;
    }

    public FunctionTable Orchestrator<TOut>(string name, Func<TaskOrchestrationContext, Task<TOut>> body) =>
        Orchestrator<object?, TOut>(name, (context, _) => body(context));

    public FunctionTable Orchestrator(string name, Func<TaskOrchestrationContext, Task> body) =>
        Orchestrator<object?, object?>(name, async (context, _) =>
        {
            await body(context);
            return null;
        });

    public FunctionTable Activity<TIn, TOut>(string name, Func<TIn, ActivityCall, CancellationToken, Task<TOut>> body)
    {
        activities[name] = async (call, cancellationToken) => await body(Read<TIn>(call.Input), call, cancellationToken);
        return this;
    }

    public FunctionTable Activity<TIn, TOut>(string name, Func<TIn, TOut> body) =>
        Activity<TIn, TOut>(name, (input, _, _) => Task.FromResult(body(input)));

    private static T Read<T>(string? json) => json is null ? default! : JsonSerializer.Deserialize<T>(json, Json)!;
}
