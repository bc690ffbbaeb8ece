using System.Text.RegularExpressions;
using Xunit;

namespace BuilderDrFunctions.Tests;

/// <summary>Holds docs/errors to the code: every number that can be thrown is explained, none is explained that cannot, and each has a test.</summary>
public sealed partial class ErrorReferenceTests
{
    /// <summary>Numbers that no test brings about, each with the reason.</summary>
    private static readonly Dictionary<string, string> Untestable = new(StringComparer.Ordinal);

    /// <summary>Pending: their tests are just being written.</summary>
    private static readonly string[] Pending =
    [
        "DR3005", "DR3008", "DR3009", "DR3026", "DR3029", "DR3033", "DR4008", "DR4012", "DR4013", "DR4016", "DR4017", "DR5012",
        "DR5013", "DR5017", "DR5018", "DR5026", "DR5027", "DR5029", "DR6008", "DR6013", "DR6026", "DR6060", "DR6061", "DR7001",
        "DR7015", "DR7021", "DR7023", "DR7028", "DR7029", "DR7030", "DR7031", "DR7032", "DR7033", "DR8003", "DR8006", "DR8009",
        "DR8011", "DR8012", "DR8013", "DR8015", "DR8030", "DR8033", "DR8034", "DR8037", "DR8039", "DR8044", "DR8045", "DR8046",
        "DR8049",
    ];

    [Fact]
    public void Explains_every_code_once_and_no_other()
    {
        var thrown = Directory.EnumerateFiles(Path.Combine(SourceTree.Folder, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Quoted().Matches(File.ReadAllText(file)).Select(match => match.Groups["code"].Value))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();

        Assert.True(thrown.Count > 40);
        Assert.Equal(thrown, Explained());
    }

    [Fact]
    public void Every_code_is_named_by_a_test()
    {
        var named = Directory.EnumerateDirectories(Path.Combine(SourceTree.Folder, "tests"), "*Tests")
            .SelectMany(project => Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories))
            .Where(file => Path.GetFileName(file) is not "ErrorReferenceTests.cs")
            .SelectMany(File.ReadLines).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(line => Named().Matches(line).Select(match => match.Value)).ToHashSet(StringComparer.Ordinal);

        Assert.Equal("", string.Join(" ", Explained().Except(named, StringComparer.Ordinal).Except(Untestable.Keys, StringComparer.Ordinal).Except(Pending, StringComparer.Ordinal)));
        Assert.Empty(Untestable.Keys.Intersect(named, StringComparer.Ordinal));
    }

    private static List<string> Explained() =>
        [.. Directory.EnumerateFiles(Path.Combine(SourceTree.Folder, "docs", "errors"), "*.md")
            .SelectMany(file => Row().Matches(File.ReadAllText(file)).Select(match => match.Groups["code"].Value)).Order(StringComparer.Ordinal)];

    [GeneratedRegex("\"(?<code>DR[0-9]{4})[\":]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex("DR[0-9]{4}", RegexOptions.None, 1000)]
    private static partial Regex Named();

    [GeneratedRegex(@"^\| (?<code>DR[0-9]{4}) \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Row();
}
