using System.Text.RegularExpressions;
using Xunit;

namespace BuilderDrFunctions.Tests;

/// <summary>Holds the documents against the files they name.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] NotOurs = ["artifacts", "bin", "obj", "node_modules", ".git"];

    [Fact]
    public void Every_link_leads_to_a_file_and_to_a_heading_in_it()
    {
        var broken = new List<string>();
        foreach (var document in Documents())
        {
            var text = File.ReadAllText(document);
            foreach (var link in Link().Matches(text).Select(match => match.Groups["to"].Value).Where(to => !to.Contains("://", StringComparison.Ordinal)))
            {
                var parts = link.Split('#');
                var target = parts[0].Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, parts[0]);
                if (!Path.Exists(target) || (parts.Length > 1 && !HasHeading(target, parts[1])))
                {
                    broken.Add($"{Relative(document)}: {link}");
                }
            }
        }

        Assert.Empty(broken);
    }

    [Fact]
    public void Every_path_that_is_named_is_there()
    {
        var missing = new List<string>();
        foreach (var document in Documents())
        {
            // What is told of the past may have gone since.
            if (Path.GetFileName(document) == "CHANGELOG.md")
            {
                continue;
            }

            missing.AddRange(NamedPath().Matches(File.ReadAllText(document)).Select(match => match.Groups["path"].Value)
                .Where(path => !Path.Exists(Path.Combine(SourceTree.Folder, path)))
                .Select(path => $"{Relative(document)}: {path}"));
        }

        Assert.Empty(missing);
    }

    private static List<string> Documents()
    {
        var documents = Directory.EnumerateFiles(SourceTree.Folder, "*.md", SearchOption.AllDirectories)
            .Where(path => !Relative(path).Split('/').Any(part => NotOurs.Contains(part, StringComparer.Ordinal))).ToList();
        Assert.True(documents.Count > 10, $"only {documents.Count} documents were found");
        return documents;
    }

    private static string Relative(string path) => Path.GetRelativePath(SourceTree.Folder, path);

    private static bool HasHeading(string document, string anchor) => Heading().Matches(File.ReadAllText(document))
        .Any(match => string.Equals(AnchorOf(match.Groups["text"].Value), anchor, StringComparison.Ordinal));

    /// <summary>As GitHub makes it: small letters, hyphens for blanks, nothing else but letters and digits.</summary>
    private static string AnchorOf(string heading) => string.Concat(
        heading.Trim().Select(c => c == ' ' ? '-' : char.ToLowerInvariant(c)).Where(c => char.IsLetterOrDigit(c) || c is '-' or '_'));

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)", RegexOptions.None, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} (?<text>.+)$", RegexOptions.Multiline, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"`(?<path>(?:src|tests|docs|infra)/[A-Za-z0-9_./-]+)`", RegexOptions.None, 1000)]
    private static partial Regex NamedPath();
}
