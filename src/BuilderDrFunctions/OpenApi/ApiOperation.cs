using System.Reflection;
using System.Text.RegularExpressions;
using BuilderDrFunctions.Api;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.OpenApi;

/// <summary>One HTTP-triggered function, as its own attributes describe it.</summary>
internal sealed partial record ApiOperation(string Function, string Method, string Path, bool IsAnonymous, MethodInfo Code)
{
    /// <summary>All of an assembly, by path.</summary>
    public static IReadOnlyList<ApiOperation> In(Assembly assembly) =>
    [
        .. (from type in assembly.GetTypes()
            from code in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            let function = code.GetCustomAttribute<FunctionAttribute>()
            where function is not null
            from parameter in code.GetParameters()
            let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
            where trigger is not null
            from method in trigger.Methods ?? []
            let path = "/api/" + Constraint().Replace(trigger.Route ?? function.Name, "{${name}}")
            select new ApiOperation(function.Name, method.ToLowerInvariant(), path, trigger.AuthLevel == AuthorizationLevel.Anonymous, code))
            .OrderBy(operation => operation.Path, StringComparer.Ordinal).ThenBy(operation => operation.Method, StringComparer.Ordinal),
    ];

    /// <summary>Names of the path's parameters.</summary>
    public IEnumerable<string> PathParameters => Constraint().Matches(Path).Select(match => match.Groups["name"].Value);

    /// <summary>What it answers when all is well.</summary>
    public IEnumerable<AnswersAttribute> Answers => Code.GetCustomAttributes<AnswersAttribute>();

    /// <summary>What it takes as its body, or null.</summary>
    public Type? Body => Code.GetCustomAttribute<TakesAttribute>()?.Body;

    /// <summary>Its query parameters.</summary>
    public IEnumerable<QueryAttribute> Query => Code.GetCustomAttributes<QueryAttribute>();

    [GeneratedRegex(@"\{\*{0,2}(?<name>[A-Za-z]+)[^}]*\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Constraint();
}
