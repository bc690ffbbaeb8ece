using System.Text.RegularExpressions;
using Xunit;

namespace BuilderDrFunctions.Tests;

/// <summary>Holds docs/errors to the code: every number that can be thrown is explained, and none is explained that cannot.</summary>
public sealed partial class ErrorReferenceTests
{
    [Fact]
    public void Explains_every_code_once_and_no_other()
    {
        var thrown = Directory.EnumerateFiles(Path.Combine(SourceTree.Folder, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Quoted().Matches(File.ReadAllText(file)).Select(match => match.Groups["code"].Value))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var explained = Directory.EnumerateFiles(Path.Combine(SourceTree.Folder, "docs", "errors"), "*.md")
            .SelectMany(file => Row().Matches(File.ReadAllText(file)).Select(match => match.Groups["code"].Value))
            .Order(StringComparer.Ordinal).ToList();

        Assert.True(thrown.Count > 40);
        Assert.Equal(thrown, explained);
    }

    [GeneratedRegex("\"(?<code>DR[0-9]{4})[\":]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\| (?<code>DR[0-9]{4}) \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Row();
}
