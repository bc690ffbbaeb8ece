using System.Text.RegularExpressions;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

public sealed partial class PostgresFaultsTests
{
    [Fact]
    public void Every_code_is_used_once_and_documented_once()
    {
        var source = File.ReadAllText(Path.Combine(SourceTree.Folder, "src", "BuilderDrFunctions", "Postgres", "PostgresFaults.cs"));
        var used = Code().Matches(source).Select(match => match.Value).Order(StringComparer.Ordinal).ToList();
        var documented = File.ReadLines(Path.Combine(SourceTree.Folder, "docs", "errors", "postgres.md"))
            .Where(line => line.StartsWith("| DR", StringComparison.Ordinal)).Select(line => Code().Match(line).Value).ToList();
        Assert.True(used.Count > 30);
        Assert.Equal(used.Count, used.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(used, documented, StringComparer.Ordinal);
    }

    [GeneratedRegex(@"DR3\d{3}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();
}
