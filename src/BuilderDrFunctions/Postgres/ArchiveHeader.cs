using System.Text;

namespace BuilderDrFunctions.Postgres;

/// <summary>The first bytes of a custom-format archive, read without pg_restore.</summary>
/// <remarks>
/// <c>PGDMP</c>, three bytes of format version, the sizes of integers and offsets, the format; from 1.15 on one byte of compression, before that an integer;
/// seven integers of time; then three texts: database, server version, pg_dump version. An integer is a sign byte and that many bytes, the lowest first.
/// </remarks>
/// <param name="FormatVersion">Such as <c>1.14</c>.</param>
/// <param name="Database">It was dumped from.</param>
/// <param name="ServerVersion">That server's.</param>
/// <param name="ToolVersion">pg_dump's.</param>
internal sealed record ArchiveHeader(string FormatVersion, string Database, string ServerVersion, string ToolVersion)
{
    /// <summary>Enough for any header.</summary>
    public const int MostBytes = 4096;

    private const byte Custom = 1;

    /// <summary>Null when these bytes are no custom-format archive.</summary>
    public static ArchiveHeader? Parse(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith("PGDMP"u8) || bytes.Length < 11 || bytes[10] != Custom || bytes[8] is 0 or > 8)
        {
            return null;
        }

        var minor = bytes[6];
        var reader = new Reader(bytes[11..], bytes[8]);
        var compression = bytes[5] == 1 && minor < 15 ? reader.Integer() : reader.Byte();
        for (var i = 0; i < 7; i++)
        {
            reader.Integer();
        }

        var texts = (reader.Text(), reader.Text(), reader.Text());
        return compression is null || texts is not ({ } database, { } server, { } tool) ? null : new ArchiveHeader($"{bytes[5]}.{minor}", database, server, tool);
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes, int integerBytes)
    {
        private ReadOnlySpan<byte> _left = bytes;

        public int? Byte()
        {
            if (_left.IsEmpty)
            {
                return null;
            }

            int value = _left[0];
            _left = _left[1..];
            return value;
        }

        public int? Integer()
        {
            if (_left.Length < 1 + integerBytes)
            {
                _left = [];
                return null;
            }

            var value = 0L;
            for (var i = 0; i < Math.Min(integerBytes, 4); i++)
            {
                value |= (long)_left[1 + i] << (8 * i);
            }

            var negative = _left[0] != 0;
            _left = _left[(1 + integerBytes)..];
            return unchecked((int)(negative ? -value : value));
        }

        public string? Text()
        {
            if (Integer() is not { } length || length < 0 || length > _left.Length)
            {
                return null;
            }

            var text = Encoding.UTF8.GetString(_left[..length]);
            _left = _left[length..];
            return text;
        }
    }
}
