using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace BuilderDrFunctions.Portal;

/// <summary>The portal's files, embedded in the program: an air-gapped site needs nothing else.</summary>
/// <remarks>Their addresses hold a digest over all of them, so that a browser may keep them for ever and never mixes two versions.</remarks>
public sealed class PortalAssets
{
    private const string Prefix = "portal/";
    private const string PageName = "index.html";
    private const string VersionMark = "{version}";
    private const string ModulesMark = "<!-- modules -->";

    private readonly Dictionary<string, PortalAsset> _files = new(StringComparer.Ordinal);

    /// <summary>Reads and compresses them, some 100 KB.</summary>
    public PortalAssets()
    {
        var contents = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        var assembly = typeof(PortalAssets).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var resource = assembly.GetManifestResourceStream(name)!;
            var content = new byte[resource.Length];
            resource.ReadExactly(content);
            contents[name[Prefix.Length..]] = content;
        }

        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in contents)
        {
            digest.AppendData(Encoding.UTF8.GetBytes(name));
            digest.AppendData(content);
        }

        Version = Convert.ToHexStringLower(digest.GetHashAndReset())[..12];
        // Named at once, the scripts are fetched side by side instead of one after the other that imports it.
        var modules = contents.Keys.Where(name => name.EndsWith(".js", StringComparison.Ordinal)).Select(name => $"<link rel=\"modulepreload\" href=\"portal/{VersionMark}/{name}\">");
        var page = Encoding.UTF8.GetString(contents[PageName])
            .Replace(ModulesMark, string.Join('\n', modules), StringComparison.Ordinal)
            .Replace(VersionMark, Version, StringComparison.Ordinal);
        Page = PortalAsset.Of(PageName, Encoding.UTF8.GetBytes(page));
        foreach (var (name, content) in contents.Where(file => file.Key != PageName))
        {
            _files[name] = PortalAsset.Of(name, content);
        }
    }

    /// <summary>Twelve hex digits that change with any of the files.</summary>
    public string Version { get; }

    /// <summary>The page itself.</summary>
    public PortalAsset Page { get; }

    /// <summary>The names of the files besides the page.</summary>
    public IEnumerable<string> Names => _files.Keys;

    /// <summary>A file of the current version, or null.</summary>
    public PortalAsset? Find(string version, string name) => version == Version ? _files.GetValueOrDefault(name) : null;
}

/// <summary>One file of the portal.</summary>
/// <param name="ContentType">With its charset.</param>
/// <param name="Content">As embedded.</param>
/// <param name="Compressed">The same in gzip.</param>
public sealed record PortalAsset(string ContentType, byte[] Content, byte[] Compressed)
{
    /// <summary>Compresses a file and names its type by its ending.</summary>
    internal static PortalAsset Of(string name, byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return new PortalAsset(TypeOf(name), content, compressed.ToArray());
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"the portal has no content type for '{other}'"),
    };
}
