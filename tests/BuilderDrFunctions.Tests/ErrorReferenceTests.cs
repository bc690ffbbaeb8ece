using System.Text.RegularExpressions;
using Xunit;

namespace BuilderDrFunctions.Tests;

/// <summary>Holds docs/errors to the code: every number that can be thrown is explained, none is explained that cannot, and each has a test.</summary>
public sealed partial class ErrorReferenceTests
{
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

        Assert.Equal("", string.Join(" ", Explained().Except(named, StringComparer.Ordinal)));
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
