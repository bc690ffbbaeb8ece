using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace BuilderDrFunctions.Catalog;

/// <summary>How the vault names an object version: by what is known before the download, so that writing it is a conditional create and can be resumed.</summary>
/// <remarks>An overwritten key has another ETag, therefore another name: it never harms a set that names the older version.</remarks>
public static class ObjectVersion
{
    /// <summary>Lower-case hex of SHA-256 over the key's length and UTF-8, the ETag's length and UTF-8, and the size (lengths and size as 8 bytes, big endian).</summary>
    public static string NameOf(string key, string eTag, long bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Encoding.UTF8.GetBytes(key));
        Append(hash, Encoding.UTF8.GetBytes(eTag));
        AppendNumber(hash, bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Where all of a site's object versions lie.</summary>
    public static string FolderOf(string site) => $"sites/{site}/objects/";

    /// <summary>Where a version lies: <c>sites/&lt;site&gt;/objects/&lt;first two digits&gt;/&lt;name&gt;</c>.</summary>
    public static string PathOf(string site, string name) => $"{FolderOf(site)}{name[..2]}/{name}";

    private static void Append(IncrementalHash hash, byte[] text)
    {
        AppendNumber(hash, text.Length);
        hash.AppendData(text);
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
