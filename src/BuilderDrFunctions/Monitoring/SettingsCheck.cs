using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Are there settings that nothing reads: a misspelt one is as good as left out, and its default may be the opposite of what was meant.</summary>
public sealed class SettingsCheck(IConfiguration configuration)
{
    /// <summary>What this check is called.</summary>
    internal const string Name = "settings";

    private readonly Lazy<IReadOnlyList<string>> _unread = new(() => [.. Sections().SelectMany(section => Unread(configuration.GetSection(section.Name), section.Options)).Order(StringComparer.OrdinalIgnoreCase)]);

    /// <summary>The names in this app's sections that stand for nothing, as environment variables have them. Values are not looked at.</summary>
    public HealthCheck Check() => _unread.Value is { Count: > 0 } names
        ? HealthChecks.Of(Name, null, HealthStatus.Warning, HealthFaults.SettingsUnread(names))
        : new HealthCheck(Name, null, HealthStatus.Ok, "every setting is known");

    /// <summary>Option classes name their section themselves.</summary>
    private static IEnumerable<(string Name, Type Options)> Sections() =>
        from type in typeof(SettingsCheck).Assembly.GetTypes()
        where type.Name.EndsWith("Options", StringComparison.Ordinal) || type.Name.EndsWith("Objectives", StringComparison.Ordinal)
        let name = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
        where name is not null
        select (name, type);

    private static IEnumerable<string> Unread(IConfigurationSection section, Type options) => section.GetChildren().SelectMany(child =>
        NextOf(options, child.Key) is not { } next ? [child.Path.Replace(":", "__", StringComparison.Ordinal)]
        : IsOptions(next) ? Unread(child, next)
        : []);

    /// <summary>What a name stands for: in a section of an operator's own names any of them; else a property that can be set.</summary>
    private static Type? NextOf(Type options, string name) => options.BaseType is { IsConstructedGenericType: true } named && named.IsAssignableTo(typeof(IDictionary))
        ? named.GetGenericArguments()[1]
        : options.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) is { } property && property.GetSetMethod() is not null ? property.PropertyType : null;

    private static bool IsOptions(Type type) => type.IsClass && type.Assembly == typeof(SettingsCheck).Assembly;
}
