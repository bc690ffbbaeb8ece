using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using BuilderDrFunctions.Portal;
using Xunit;

namespace BuilderDrFunctions.Tests.Portal;

/// <summary>The portal's files as they are served: whole, of one version, and with nothing from outside.</summary>
public sealed partial class PortalAssetsTests
{
    private readonly PortalAssets _assets = new();

    [Fact]
    public void Ask_nothing_of_any_other_place()
    {
        Assert.True(_assets.Names.Count() > 20);
        foreach (var text in _assets.Names.Select(TextOf).Append(Encoding.UTF8.GetString(_assets.Page.Content)))
        {
            // Names of XML namespaces are no addresses.
            Assert.DoesNotMatch("(?<!xmlns=\"|SVG = \")https?://|@import|url\\(", text);
        }
    }

    [Fact]
    public void Never_read_data_as_HTML_or_as_code()
    {
        foreach (var name in _assets.Names.Where(name => name.EndsWith(".js", StringComparison.Ordinal)))
        {
            Assert.DoesNotMatch("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|new Function|setTimeout\\(\"", TextOf(name));
        }
    }

    [Fact]
    public void Import_only_files_that_are_there()
    {
        var imports = _assets.Names.Where(name => name.EndsWith(".js", StringComparison.Ordinal)).SelectMany(name => Import().Matches(TextOf(name)).Select(match => match.Groups["file"].Value)).ToList();
        Assert.True(imports.Count > 50);
        Assert.Empty(imports.Except(_assets.Names, StringComparer.Ordinal));
        var page = Encoding.UTF8.GetString(_assets.Page.Content);
        Assert.All(_assets.Names.Where(name => !name.EndsWith(".svg", StringComparison.Ordinal)), name => Assert.Contains($"portal/{_assets.Version}/{name}", page, StringComparison.Ordinal));
        Assert.DoesNotContain("{version}", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Hold_neither_script_nor_style_within_the_page() =>
        Assert.DoesNotMatch("<script(?![^>]* src=)|<style| style=| on[a-z]+=", Encoding.UTF8.GetString(_assets.Page.Content));

    [Fact]
    public void Are_found_in_their_own_version_alone_and_compressed_alike()
    {
        Assert.Null(_assets.Find("000000000000", "app.js"));
        Assert.Null(_assets.Find(_assets.Version, "../app.js"));
        var script = _assets.Find(_assets.Version, "app.js")!;
        using var unpacked = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(script.Compressed), CompressionMode.Decompress))
        {
            gzip.CopyTo(unpacked);
        }

        Assert.Equal(script.Content, unpacked.ToArray());
        Assert.Equal("text/javascript; charset=utf-8", script.ContentType);
    }

    private string TextOf(string name) => Encoding.UTF8.GetString(_assets.Find(_assets.Version, name)!.Content);

    [GeneratedRegex("""from "\./(?<file>[a-z-]+\.js)";""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Import();
}
