using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing.Patterns;

namespace BuilderDrFunctions.LocalRuntime.Functions;

/// <summary>Finds the app's functions by reflection and says everything that is wrong with them.</summary>
internal sealed class FunctionDiscovery(
    IConfiguration settings, IServiceProviderIsService services, SerializationCheck serialization, ICollection<string> problems)
{
    private const BindingFlags AnyMethod =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>The functions that can be called, by name; what is wrong with the others has been added to the problems.</summary>
    public IReadOnlyList<FunctionDescriptor> Find(IEnumerable<Type> types)
    {
        var found = types
            .SelectMany(type => type.GetMethods(AnyMethod))
            .Select(method => (Method: method, Attribute: method.GetCustomAttribute<FunctionAttribute>()))
            .Where(candidate => candidate.Attribute is not null)
            .OrderBy(candidate => candidate.Attribute!.Name, StringComparer.OrdinalIgnoreCase)
            .ToList();
        foreach (var same in found.GroupBy(candidate => candidate.Attribute!.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            problems.Add($"Function '{same.Key}' exists {same.Count()} times: {string.Join(", ", same.Select(one => Place(one.Method)))}.");
        }

        return [.. found.Select(candidate => Describe(candidate.Method, candidate.Attribute!.Name)).OfType<FunctionDescriptor>()];
    }

    private static string Place(MethodInfo method) => $"{method.DeclaringType!.FullName}.{method.Name}";

    private FunctionDescriptor? Describe(MethodInfo method, string name)
    {
        var before = problems.Count;
        void Wrong(string what) => problems.Add($"Function '{name}' ({Place(method)}): {what}");
        if (method.ContainsGenericParameters || (method.DeclaringType!.IsAbstract && !method.IsStatic))
        {
            Wrong("it cannot be called: its method or type is generic or abstract.");
            return null;
        }

        var triggers = method.GetParameters()
            .Select(parameter => (Parameter: parameter, Attribute: parameter.GetCustomAttribute<TriggerBindingAttribute>()))
            .Where(candidate => candidate.Attribute is not null)
            .ToList();
        if (triggers is not [var (triggerParameter, trigger)])
        {
            Wrong(triggers.Count == 0
                ? "no parameter has a trigger. HINT: mark one with [HttpTrigger], [TimerTrigger], [OrchestrationTrigger] or [ActivityTrigger]."
                : $"it has {triggers.Count} triggers; one is allowed.");
            return null;
        }

        if (method.ReturnType == typeof(void) && method.GetCustomAttribute<AsyncStateMachineAttribute>() is not null)
        {
            Wrong("it is async void, so nobody could wait for it. HINT: return Task.");
        }

        var result = FunctionDescriptor.ResultOf(method.ReturnType);
        switch (trigger)
        {
            case HttpTriggerAttribute http:
                CheckHttp(http, result, Wrong);
                break;
            case TimerTriggerAttribute timer when !TimerSchedule.TryRead(timer.Schedule, settings, TimeZoneInfo.Utc, out _, out var why):
                Wrong($"its schedule cannot be used: {why}");
                break;
            case OrchestrationTriggerAttribute or ActivityTriggerAttribute when result != typeof(void) && serialization.WhyNotWritable(result) is { } why:
                Wrong($"its result cannot be JSON: {why}");
                break;
            case not (TimerTriggerAttribute or OrchestrationTriggerAttribute or ActivityTriggerAttribute):
                Wrong($"[{trigger!.GetType().Name}] is not supported by this runtime.");
                break;
        }

        foreach (var missing in method.IsStatic ? [] : WhatCannotBeInjected(method.DeclaringType!))
        {
            Wrong($"nobody registered the {missing} that its constructor needs.");
        }

        var binding = new ParameterBinding(trigger!, RouteNames(trigger as HttpTriggerAttribute, name), serialization, Wrong);
        var arguments = method.GetParameters().Select(parameter => binding.Bind(parameter, parameter.Position == triggerParameter.Position)).ToList();
        return problems.Count > before ? null : new FunctionDescriptor(name, method, trigger!, arguments) { IsDisabled = IsDisabled(name) };
    }

    private IEnumerable<string> WhatCannotBeInjected(Type type) => type.GetConstructors() is [var constructor]
        ? constructor.GetParameters()
            .Where(parameter => !parameter.HasDefaultValue && parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is null && !services.IsService(parameter.ParameterType))
            .Select(parameter => parameter.ParameterType.Name)
        : [];

    private static void CheckHttp(HttpTriggerAttribute trigger, Type returned, Action<string> wrong)
    {
        if (trigger.AuthLevel == AuthorizationLevel.User)
        {
            wrong("AuthorizationLevel.User is not supported: there is no sign-in here. HINT: use Function or Admin.");
        }

        if (returned != typeof(void) && !typeof(IResult).IsAssignableFrom(returned) && !typeof(IActionResult).IsAssignableFrom(returned))
        {
            wrong($"it returns {returned.Name}; an HTTP function returns IResult or IActionResult.");
        }
    }

    private static HashSet<string> RouteNames(HttpTriggerAttribute? trigger, string name)
    {
        try
        {
            return trigger is null
                ? []
                : RoutePatternFactory.Parse(trigger.Route ?? name).Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        }
        catch (RoutePatternException)
        {
            // The check of the routes reports the template with its prefix; here it only has no names to offer.
            return [];
        }
    }

    private bool IsDisabled(string name) =>
        (settings[$"AzureWebJobs.{name}.Disabled"] ?? settings[$"AzureWebJobs:{name}:Disabled"] ?? settings[$"AzureWebJobs_{name}_Disabled"])
            is { } value && (value is "1" || (bool.TryParse(value, out var disabled) && disabled));
}
