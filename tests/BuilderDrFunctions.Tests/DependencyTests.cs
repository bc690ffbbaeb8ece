using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace BuilderDrFunctions.Tests;

/// <summary>Holds ARCHITECTURE.md's rule: slices use the catalog, sites and seams; seams know none of them, and neither Functions nor Durable.</summary>
public sealed class DependencyTests
{
    private const string Root = "BuilderDrFunctions.";
    private static readonly string[] Seams = ["Postgres", "ObjectStore", "Vault", "Habitat"];
    private static readonly string[] Shared = ["Faults", "Durability", "Api", "Catalog", "Sites", "Recovery", "ServiceControl", "Audit"];

    /// <summary>An orchestrator's name and its records are how slices meet.</summary>
    private static readonly Dictionary<string, string[]> Meetings = new(StringComparer.Ordinal)
    {
        ["Backup"] = ["Mirror", "Retention", "SecondCopy"],
        ["Merge"] = ["Backup"],
        ["Monitoring"] = ["Notifications"],
        ["Verify"] = ["SecondCopy"],
    };

    [Fact]
    public void Seams_know_only_themselves_and_the_faults()
    {
        var allowed = new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["Postgres"] = ["Faults", "Habitat"],
            ["ObjectStore"] = ["Faults"],
            ["Vault"] = ["Faults"],
            ["Habitat"] = ["Faults"],
        };
        foreach (var seam in Seams)
        {
            AssertUses(seam, allowed[seam]);
        }
    }

    [Fact]
    public void Seams_know_neither_functions_nor_durable()
    {
        foreach (var type in TypesIn(Seams))
        {
            Assert.DoesNotContain(UsedBy(type), used => used.Namespace?.StartsWith("Microsoft.Azure.Functions", StringComparison.Ordinal) == true
                || used.Namespace?.StartsWith("Microsoft.DurableTask", StringComparison.Ordinal) == true);
        }
    }

    [Fact]
    public void Slices_meet_only_where_one_runs_anothers_orchestrator()
    {
        var slices = TypesIn(Everything().Except(Seams, StringComparer.Ordinal).Except(Shared, StringComparer.Ordinal)).Select(FolderOf).Distinct(StringComparer.Ordinal).ToList();
        Assert.Contains("Backup", slices, StringComparer.Ordinal);
        foreach (var slice in slices)
        {
            AssertUses(slice, [.. Seams, .. Shared, .. Meetings.GetValueOrDefault(slice, [])]);
        }
    }

    [Fact]
    public void No_source_names_the_embedded_runtime()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(SourceTree.Folder, "src", "BuilderDrFunctions"), "*.cs", SearchOption.AllDirectories).ToList();
        Assert.True(sources.Count > 50);
        foreach (var source in sources)
        {
            Assert.DoesNotMatch(new Regex(@"LocalRuntime|^ *#if", RegexOptions.Multiline, TimeSpan.FromSeconds(5)), File.ReadAllText(source));
        }
    }

    private static void AssertUses(string folder, IReadOnlyCollection<string> allowed)
    {
        var types = TypesIn([folder]).ToList();
        Assert.NotEmpty(types);
        var used = types.SelectMany(UsedBy).Where(type => type.Namespace?.StartsWith(Root, StringComparison.Ordinal) == true && type.Assembly == App)
            .Select(FolderOf).Where(other => other != folder).Distinct(StringComparer.Ordinal);
        Assert.Empty(used.Except(allowed, StringComparer.Ordinal));
    }

    private static Assembly App { get; } = typeof(BuilderDrServices).Assembly;

    private static IEnumerable<string> Everything() =>
        App.GetTypes().Where(type => type.Namespace?.StartsWith(Root, StringComparison.Ordinal) == true).Select(FolderOf).Distinct(StringComparer.Ordinal);

    private static IEnumerable<Type> TypesIn(IEnumerable<string> folders) =>
        App.GetTypes().Where(type => type.Namespace?.StartsWith(Root, StringComparison.Ordinal) == true && folders.Contains(FolderOf(type), StringComparer.Ordinal));

    private static string FolderOf(Type type) => type.Namespace![Root.Length..].Split('.')[0];

    /// <summary>Every type a type's declarations and locals name; the compiler's nested types (closures, state machines) are types of their own here.</summary>
    private static IEnumerable<Type> UsedBy(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var used = new List<Type?> { type.BaseType };
        used.AddRange(type.GetInterfaces());
        used.AddRange(type.GetFields(all).Select(field => field.FieldType));
        foreach (var method in type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)))
        {
            used.AddRange(method.GetParameters().Select(parameter => parameter.ParameterType));
            used.Add((method as MethodInfo)?.ReturnType);
            used.AddRange(method.GetMethodBody()?.LocalVariables.Select(local => local.LocalType) ?? []);
        }

        return used.OfType<Type>().SelectMany(Parts).Distinct();
    }

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsConstructedGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
        : [type];
}
