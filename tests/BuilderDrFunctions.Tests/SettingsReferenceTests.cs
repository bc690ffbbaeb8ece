using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using BuilderDrFunctions.OpenApi;
using Xunit;

namespace BuilderDrFunctions.Tests;

/// <summary>Holds docs/settings.md to the option classes. <c>UPDATE_GOLDEN=1</c> writes it anew.</summary>
public sealed class SettingsReferenceTests
{
    private const string Beginning = """
        # Settings

        Made from the option classes; `UPDATE_GOLDEN=1` and `SettingsReferenceTests` make it anew. Environment variables, or any other source of .NET
        configuration with `:` for `__`. `<n>` is a name of your own. Times are `hh:mm:ss`, `d.hh:mm:ss`, or a number
        with its unit: `26h`, `2d`, `90m`, `45s`. The host's own settings, such as addresses and the
        state folder, are in [the embedded runtime's README](../src/BuilderDrFunctions.LocalRuntime/README.md).

        """;

    private static readonly SourceComments Comments = SourceComments.Of(typeof(BuilderDrServices).Assembly);

    [Fact]
    public async Task The_reference_says_what_the_option_classes_say()
    {
        var token = TestContext.Current.CancellationToken;
        var path = Path.Combine(SourceTree.Folder, "docs", "settings.md");
        var written = Write();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, written, token);
        }

        Assert.True(await File.ReadAllTextAsync(path, token) == written, "docs/settings.md is not up to date: run this test with UPDATE_GOLDEN=1 and commit what it writes");
    }

    private static string Write()
    {
        var text = new StringBuilder(Beginning);
        var seen = new HashSet<Type>();
        foreach (var (section, type) in Sections().OrderBy(pair => pair.Section, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {section}\n{Comments.OfType(type)}\n\n| setting | type | default | meaning |\n| --- | --- | --- | --- |\n");
            Rows(text, section, type, seen);
        }

        var missed = typeof(BuilderDrServices).Assembly.GetTypes().Where(IsOptions).Except(seen).Select(type => type.FullName).ToList();
        Assert.True(missed.Count == 0, $"option classes that no section leads to (give each a const string Section): {string.Join(", ", missed)}");
        return text.ToString();
    }

    private static bool IsOptions(Type type) =>
        type is { IsClass: true, IsPublic: true, IsAbstract: false } && (type.Name.EndsWith("Options", StringComparison.Ordinal) || type.Name.EndsWith("Objectives", StringComparison.Ordinal));

    private static IEnumerable<(string Section, Type Type)> Sections() =>
        from type in typeof(BuilderDrServices).Assembly.GetTypes()
        where IsOptions(type)
        let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
        where section is not null
        select (section, type);

    private static void Rows(StringBuilder text, string prefix, Type type, HashSet<Type> seen)
    {
        seen.Add(type);
        if (type.BaseType is { IsConstructedGenericType: true } dictionary && dictionary.GetGenericTypeDefinition() == typeof(Dictionary<,>))
        {
            Rows(text, prefix + "__<n>", dictionary.GetGenericArguments()[1], seen);
            return;
        }

        var defaults = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetSetMethod() is not null).OrderBy(property => property.MetadataToken))
        {
            var name = $"{prefix}__{property.Name}";
            if (IsOptions(property.PropertyType))
            {
                Rows(text, name, property.PropertyType, seen);
                continue;
            }

            var meaning = Comments.OfProperty(type, property.Name);
            Assert.True(meaning is not null, $"{type.Name}.{property.Name} has no <summary>");
            var range = property.GetCustomAttribute<RangeAttribute>() switch
            {
                null => "",
                { Maximum: double and > 1e18 } limits => string.Create(CultureInfo.InvariantCulture, $" ({limits.Minimum} or more)"),
                { } limits => string.Create(CultureInfo.InvariantCulture, $" ({limits.Minimum} to {limits.Maximum})"),
            };
            text.Append(CultureInfo.InvariantCulture, $"| `{name}` | {TypeOf(property.PropertyType)}{range} | {DefaultOf(property.GetValue(defaults))} | {meaning.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }
    }

    private static string TypeOf(Type type) => Nullable.GetUnderlyingType(type) is { } inner ? TypeOf(inner)
        : type.IsEnum ? string.Join(", ", Enum.GetNames(type).Select(name => $"`{char.ToLowerInvariant(name[0])}{name[1..]}`"))
        : type == typeof(string) ? "text"
        : type == typeof(bool) ? "`true`, `false`"
        : type == typeof(TimeSpan) ? "time"
        : type == typeof(int) || type == typeof(long) || type == typeof(double) ? "number"
        : typeof(IEnumerable<string>).IsAssignableFrom(type) ? "texts (`__0`, `__1`, …)"
        : type.Name;

    private static string DefaultOf(object? value) => value switch
    {
        null or "" => "",
        Enum or bool => $"`{value.ToString()!.ToLowerInvariant()}`",
        string or TimeSpan or int or long or double => string.Create(CultureInfo.InvariantCulture, $"`{value}`"),
        System.Collections.IEnumerable list when !list.GetEnumerator().MoveNext() => "none",
        _ => throw new NotSupportedException($"{value.GetType()} as a default"),
    };
}
