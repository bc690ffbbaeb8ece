using System.Text.Json;

namespace BuilderDrFunctions.Catalog;

/// <summary>How an entry is written as a line of JSON. Described in this folder's README.md.</summary>
internal static class InventoryFormat
{
    /// <summary>The format's name in the header.</summary>
    public const string Name = "builder-dr-inventory";

    /// <summary>Raised when a reader of the former version would misunderstand a file.</summary>
    public const int Version = 1;

    private static readonly string[] VerdictNames = [.. Enum.GetNames<ObjectVerdict>().Select(JsonNamingPolicy.CamelCase.ConvertName)];

    /// <summary>Writes what follows the key.</summary>
    public static void Write(Utf8JsonWriter json, InventoryEntry entry)
    {
        json.WriteNumber("bytes"u8, entry.Bytes);
        json.WriteString("etag"u8, entry.ETag);
        json.WriteString("modifiedAt"u8, entry.ModifiedAt.UtcDateTime);
        json.WriteString("verdict"u8, VerdictNames[(int)entry.Verdict]);
        WriteIfAny(json, "name"u8, entry.Name);
        WriteIfAny(json, "sha256"u8, entry.Sha256);
        WriteIfAny(json, "blake2b"u8, entry.Blake2b);
        WriteIfAny(json, "signer"u8, entry.Signer);
    }

    /// <summary>Reads a whole line; unknown properties are passed over, so that a version may gain some.</summary>
    public static InventoryEntry Read(ReadOnlyMemory<byte> line)
    {
        var reader = new Utf8JsonReader(line.Span);
        string? key = null, eTag = null, name = null, sha256 = null, blake2b = null, signer = null;
        long? bytes = null;
        DateTimeOffset? modifiedAt = null;
        ObjectVerdict? verdict = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var property = reader.ValueSpan;
            if (property.SequenceEqual("key"u8)) { key = Text(ref reader); }
            else if (property.SequenceEqual("bytes"u8)) { reader.Read(); bytes = reader.GetInt64(); }
            else if (property.SequenceEqual("etag"u8)) { eTag = Text(ref reader); }
            else if (property.SequenceEqual("modifiedAt"u8)) { reader.Read(); modifiedAt = reader.GetDateTimeOffset().ToUniversalTime(); }
            else if (property.SequenceEqual("verdict"u8)) { verdict = VerdictOf(Text(ref reader)); }
            else if (property.SequenceEqual("name"u8)) { name = Text(ref reader); }
            else if (property.SequenceEqual("sha256"u8)) { sha256 = Text(ref reader); }
            else if (property.SequenceEqual("blake2b"u8)) { blake2b = Text(ref reader); }
            else if (property.SequenceEqual("signer"u8)) { signer = Text(ref reader); }
            else { reader.Read(); reader.Skip(); }
        }

        if (reader.TokenType != JsonTokenType.EndObject || key is null || eTag is null || bytes is null || modifiedAt is null || verdict is null)
        {
            throw new FormatException("a property is absent");
        }

        return new InventoryEntry(key, bytes.Value, eTag, modifiedAt.Value, verdict.Value) { Name = name, Sha256 = sha256, Blake2b = blake2b, Signer = signer };
    }

    /// <summary>Reads the key alone, which is the first property.</summary>
    public static string ReadKey(ReadOnlyMemory<byte> line)
    {
        var reader = new Utf8JsonReader(line.Span);
        return reader.Read() && reader.Read() && reader.ValueTextEquals("key"u8) ? Text(ref reader) : throw new FormatException("the key is absent");
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString() ?? throw new FormatException("a text is null");
    }

    private static ObjectVerdict VerdictOf(string name)
    {
        var at = Array.IndexOf(VerdictNames, name);
        return at >= 0 ? (ObjectVerdict)at : throw new FormatException("the verdict is unknown");
    }

    private static void WriteIfAny(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
