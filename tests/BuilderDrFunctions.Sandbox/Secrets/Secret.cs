using System.Buffers;

namespace BuilderDrFunctions.Sandbox.Secrets;

/// <summary>Something that nothing may tell.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Value">The secret itself.</param>
public sealed record Secret(string Name, string Value)
{
    private const int ShortestLine = 16;

    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>The secret lines of a key file: PEM, OpenSSH's or Habitat's.</summary>
    public static IEnumerable<Secret> OfKeyFile(string path) =>
        from line in File.ReadLines(path)
        where line.Length >= ShortestLine && !line.AsSpan().ContainsAnyExcept(Base64)
        select new Secret(Path.GetFileName(path), line);

    /// <summary>The name alone: a secret ends up in no message.</summary>
    public override string ToString() => Name;
}
