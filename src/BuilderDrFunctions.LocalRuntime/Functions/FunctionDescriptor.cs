namespace BuilderDrFunctions.LocalRuntime.Functions;

/// <summary>One function of the app: its trigger and how it is called.</summary>
internal sealed class FunctionDescriptor : FunctionDefinition
{
    private readonly MethodInfo _method;
    private readonly IReadOnlyList<ArgumentSource> _arguments;
    private readonly ObjectFactory? _activator;

    public FunctionDescriptor(string name, MethodInfo method, TriggerBindingAttribute trigger, IReadOnlyList<ArgumentSource> arguments)
    {
        (Name, Trigger, _method, _arguments) = (name, trigger, method, arguments);
        _activator = method.IsStatic ? null : ActivatorUtilities.CreateFactory(method.DeclaringType!, []);
        InputBindings = method.GetParameters()
            .Where(parameter => parameter.IsDefined(typeof(BindingAttribute)))
            .Select(parameter => new BindingMetadata(parameter.Name!, TypeOf(parameter.GetCustomAttribute<BindingAttribute>()!)))
            .ToImmutableDictionary(binding => binding.Name, StringComparer.Ordinal);
    }

    public TriggerBindingAttribute Trigger { get; }

    /// <summary>The setting <c>AzureWebJobs.&lt;Name&gt;.Disabled</c>.</summary>
    public bool IsDisabled { get; init; }

    public override string Name { get; }

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; }

    /// <summary>The type inside Task or ValueTask; void for none.</summary>
    public static Type ResultOf(Type returned) => returned switch
    {
        _ when returned == typeof(Task) || returned == typeof(ValueTask) => typeof(void),
        { IsGenericType: true } when returned.GetGenericTypeDefinition() is var open && (open == typeof(Task<>) || open == typeof(ValueTask<>)) =>
            returned.GenericTypeArguments[0],
        _ => returned,
    };

    /// <summary>Binds, calls and awaits the function, whatever shape of task it returns, and hands on the plain value.</summary>
    public async Task<object?> CallAsync(Invocation invocation)
    {
        var values = _arguments.Select(argument => argument(invocation)).ToArray();
        var target = _activator?.Invoke(invocation.InstanceServices, null);
        var returned = _method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, values, null);
        var (declared, result) = (_method.ReturnType, ResultOf(_method.ReturnType));
        if (declared == result)
        {
            return returned;
        }

        var task = returned as Task ?? (Task)declared.GetMethod(nameof(ValueTask.AsTask))!.Invoke(returned, null)!;
        await task;
        return result == typeof(void) ? null : typeof(Task<>).MakeGenericType(result).GetProperty("Result")!.GetValue(task);
    }

    private static string TypeOf(BindingAttribute binding)
    {
        var name = binding.GetType().Name;
        return char.ToLowerInvariant(name[0]) + name[1..^nameof(Attribute).Length];
    }
}

/// <summary>Takes an argument's value from the invocation.</summary>
internal delegate object? ArgumentSource(Invocation invocation);
