using System.Globalization;
using System.Xml;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>One page of ListObjectsV2, read strictly: an answer that only resembles a listing must not pass for an empty bucket.</summary>
/// <param name="Objects">In the order answered.</param>
/// <param name="Prefixes">The common prefixes, when a delimiter was sent.</param>
/// <param name="Next">The token of the next page; null on the last.</param>
internal sealed record S3ListPage(List<ObjectEntry> Objects, List<string> Prefixes, string? Next)
{
    /// <summary>Reads a page.</summary>
    /// <param name="xml">The body.</param>
    /// <param name="store">For messages.</param>
    /// <exception cref="Faults.PermanentFaultException">DR4015.</exception>
    public static S3ListPage Read(Stream xml, string store)
    {
        try
        {
            using var reader = XmlReader.Create(xml, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, IgnoreWhitespace = true, IgnoreComments = true });
            return Read(reader, store);
        }
        catch (Exception error) when (error is XmlException or FormatException or OverflowException)
        {
            throw ObjectStoreFaults.NotAListing(store, error.Message);
        }
    }

    private static S3ListPage Read(XmlReader reader, string store)
    {
        if (reader.MoveToContent() != XmlNodeType.Element || reader.LocalName is not "ListBucketResult")
        {
            throw ObjectStoreFaults.NotAListing(store, $"its root element is '{reader.LocalName}'");
        }

        List<ObjectEntry> objects = [];
        List<string> prefixes = [];
        string? next = null;
        bool? truncated = null;
        long? count = null;
        var encoded = false;
        reader.ReadStartElement();
        while (reader.NodeType == XmlNodeType.Element)
        {
            switch (reader.LocalName)
            {
                case "Contents": objects.Add(ReadObject(reader)); break;
                case "CommonPrefixes": prefixes.Add(ReadPrefix(reader)); break;
                case "IsTruncated": truncated = XmlConvert.ToBoolean(Text(reader)); break;
                case "NextContinuationToken": next = Text(reader); break;
                case "KeyCount": count = XmlConvert.ToInt64(Text(reader)); break;
                case "EncodingType": encoded = Text(reader) is "url"; break;
                default: reader.Skip(); break;
            }
        }

        if (truncated is null || (count is { } announced && announced != objects.Count + prefixes.Count))
        {
            throw ObjectStoreFaults.NotAListing(
                store, truncated is null ? "IsTruncated is absent" : $"KeyCount is {count}, the page holds {objects.Count + prefixes.Count}");
        }

        if (truncated.Value && string.IsNullOrEmpty(next))
        {
            throw ObjectStoreFaults.NotAListing(store, "it is truncated, and there is no NextContinuationToken");
        }

        if (encoded)
        {
            objects = objects.ConvertAll(entry => entry.Key.Contains('%', StringComparison.Ordinal) || entry.Key.Contains('+', StringComparison.Ordinal)
                ? entry with { Key = Decode(entry.Key) } : entry);
            prefixes = prefixes.ConvertAll(Decode);
        }

        return new S3ListPage(objects, prefixes, truncated.Value ? next : null);
    }

    private static ObjectEntry ReadObject(XmlReader reader)
    {
        string? key = null, tag = null;
        long? bytes = null;
        DateTimeOffset? modifiedAt = null;
        reader.ReadStartElement();
        while (reader.NodeType == XmlNodeType.Element)
        {
            switch (reader.LocalName)
            {
                case "Key": key = Text(reader); break;
                case "ETag": tag = Text(reader).Trim('"'); break;
                case "Size": bytes = XmlConvert.ToInt64(Text(reader)); break;
                case "LastModified": modifiedAt = DateTimeOffset.Parse(Text(reader), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal); break;
                default: reader.Skip(); break;
            }
        }

        reader.ReadEndElement();
        return key is { Length: > 0 } && tag is { Length: > 0 } && bytes is { } size && modifiedAt is { } time
            ? new ObjectEntry(key, size, tag, time)
            : throw new FormatException($"object '{key}' lacks its key, size, ETag or time");
    }

    private static string ReadPrefix(XmlReader reader)
    {
        reader.ReadStartElement();
        var prefix = "";
        while (reader.NodeType == XmlNodeType.Element)
        {
            if (reader.LocalName is "Prefix")
            {
                prefix = Text(reader);
            }
            else
            {
                reader.Skip();
            }
        }

        reader.ReadEndElement();
        return prefix;
    }

    private static string Text(XmlReader reader) => reader.ReadElementContentAsString();

    // S3 encodes a space as '+', as forms do.
    private static string Decode(string key) => Uri.UnescapeDataString(key.Replace('+', ' '));
}
