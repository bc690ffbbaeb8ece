using System.ComponentModel;

namespace BuilderDrFunctions.LocalRuntime.Functions;

/// <summary>Decides where each argument of one function comes from.</summary>
/// <param name="trigger">What starts the function.</param>
/// <param name="routeNames">Names that the HTTP route offers.</param>
/// <param name="serialization">Says which types can be inputs.</param>
/// <param name="wrong">Told about a parameter that cannot be bound.</param>
internal sealed class ParameterBinding(TriggerBindingAttribute trigger, IReadOnlySet<string> routeNames, SerializationCheck serialization, Action<string> wrong)
{
    private bool _inputIsTaken;

    public ArgumentSource Bind(ParameterInfo parameter, bool isTrigger)
    {
        var type = parameter.ParameterType;
        if (type.IsByRef)
        {
            return Refuse(parameter, "it is passed by reference");
        }

        if (isTrigger)
        {
            return trigger switch
            {
                HttpTriggerAttribute => Exactly<HttpRequest>(parameter, static invocation => ((HttpContext)invocation.Trigger).Request),
                TimerTriggerAttribute => Exactly<TimerInfo>(parameter, static invocation => invocation.Trigger),
                OrchestrationTriggerAttribute => Exactly<TaskOrchestrationContext>(parameter, static invocation => invocation.Trigger),
                _ => Input(parameter),
            };
        }

        if (parameter.GetCustomAttribute<DurableClientAttribute>() is not null)
        {
            return trigger is OrchestrationTriggerAttribute
                ? Refuse(parameter, "an orchestrator must not do I/O, so it has no client; call an activity or a sub-orchestration")
                : Exactly<DurableTaskClient>(parameter, static invocation => invocation.Client);
        }

        return type switch
        {
            _ when type == typeof(FunctionContext) => static invocation => invocation,
            _ when type == typeof(CancellationToken) => static invocation => invocation.CancellationToken,
            _ => trigger switch
            {
                HttpTriggerAttribute when routeNames.Contains(parameter.Name!) => RouteValue(parameter),
                HttpTriggerAttribute => Refuse(parameter, "its route has no value of this name"),
                OrchestrationTriggerAttribute when !_inputIsTaken => Input(parameter),
                ActivityTriggerAttribute when parameter.Name is "instanceId" && type == typeof(string) =>
                    static invocation => ((ActivityCall)invocation.Trigger).InstanceId,
                _ => Refuse(parameter, "there is nothing to bind it to"),
            },
        };
    }

    private ArgumentSource Exactly<T>(ParameterInfo parameter, ArgumentSource source) =>
        parameter.ParameterType == typeof(T) ? source : Refuse(parameter, $"here it must be {typeof(T).Name}");

    private ArgumentSource Input(ParameterInfo parameter)
    {
        _inputIsTaken = true;
        var type = parameter.ParameterType;
        if (serialization.WhyNotReadable(type) is { } why)
        {
            return Refuse(parameter, $"its type cannot be read from JSON: {why}");
        }

        var absent = AbsentValue(parameter);
        return invocation => invocation.Input is { } json ? invocation.Converter.Deserialize(json, type) ?? absent : absent;
    }

    private ArgumentSource RouteValue(ParameterInfo parameter)
    {
        var (name, type, absent) = (parameter.Name!, parameter.ParameterType, AbsentValue(parameter));
        var converter = TypeDescriptor.GetConverter(Nullable.GetUnderlyingType(type) ?? type);
        return type != typeof(string) && !converter.CanConvertFrom(typeof(string))
            ? Refuse(parameter, $"a route value cannot become {type.Name}")
            : invocation => ((HttpContext)invocation.Trigger).Request.RouteValues.TryGetValue(name, out var value) && value is not null
                ? type == typeof(string) ? value.ToString() : converter.ConvertFrom(null, CultureInfo.InvariantCulture, value)
                : absent;
    }

    private static object? AbsentValue(ParameterInfo parameter) =>
        parameter.HasDefaultValue ? parameter.DefaultValue
        : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType)
        : null;

    private ArgumentSource Refuse(ParameterInfo parameter, string why)
    {
        wrong($"parameter '{parameter.Name}' ({parameter.ParameterType.Name}) cannot be bound: {why}.");
        return static _ => null;
    }
}
