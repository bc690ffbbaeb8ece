using System.Buffers;
using System.Text.Json;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;
using ZstdSharp;

namespace BuilderDrFunctions.Catalog;

/// <summary>Reads what <see cref="InventoryLineWriter"/> wrote, a line at a time in constant memory, and refuses anything cut, changed or unknown.</summary>
internal sealed class InventoryLineReader : IAsyncDisposable
{
    private const int MostLineBytes = 1024 * 1024;
    private readonly string _path;
    private readonly DigestStream _digest;
    private readonly DecompressionStream _zstd;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
    private int _from;
    private int _to;
    private long _entries;
    private string? _previous;

    private InventoryLineReader(string path, Stream blob)
    {
        _path = path;
        _digest = new DigestStream(blob);
        _zstd = new DecompressionStream(_digest, leaveOpen: true);
    }

    /// <summary>The line's JSON, valid until the next call.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>The file's SHA-256; only once everything is read.</summary>
    public string? Sha256 { get; private set; }

    /// <summary>Opens a file and reads its header line.</summary>
    public static async Task<(InventoryLineReader Reader, JsonElement Header)> OpenAsync(
        IVault vault, string path, string format, int version, CancellationToken cancellationToken)
    {
        var reader = new InventoryLineReader(path, await vault.OpenReadAsync(path, 0, cancellationToken));
        try
        {
            return (reader, await reader.ReadHeaderAsync(format, version, cancellationToken));
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    /// <summary>Goes to the next entry.</summary>
    /// <returns>False behind the last: the end line was found, and nothing follows it.</returns>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        if (!await NextLineAsync(cancellationToken))
        {
            throw InventoryFaults.Damaged(_path, "its end is missing");
        }

        if (!Line.Span.StartsWith("{\"end\":"u8))
        {
            _entries++;
            return true;
        }

        await EndAsync(cancellationToken);
        return false;
    }

    /// <summary>Parses the line; its key must come behind the one parsed before.</summary>
    public T Parse<T>(Func<ReadOnlyMemory<byte>, T> parse, Func<T, string> keyOf)
    {
        T entry;
        try
        {
            entry = parse(Line);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw InventoryFaults.Damaged(_path, $"line {_entries + 1} cannot be read");
        }

        var key = keyOf(entry);
        if (_previous is not null && KeyOrder.Compare(key, _previous) <= 0)
        {
            throw InventoryFaults.Damaged(_path, $"'{key}' comes after '{_previous}'");
        }

        _previous = key;
        return entry;
    }

    public async ValueTask DisposeAsync()
    {
        await _zstd.DisposeAsync();
        await _digest.DisposeAsync();
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private async Task<JsonElement> ReadHeaderAsync(string format, int version, CancellationToken cancellationToken)
    {
        if (!await NextLineAsync(cancellationToken))
        {
            throw InventoryFaults.Damaged(_path, "it is empty");
        }

        JsonElement header;
        try
        {
            using var document = JsonDocument.Parse(Line);
            header = document.RootElement.Clone();
            var foundFormat = header.GetProperty("format").GetString() ?? "";
            var foundVersion = header.GetProperty("version").GetInt32();
            if (!string.Equals(foundFormat, format, StringComparison.Ordinal) || foundVersion != version)
            {
                throw InventoryFaults.UnknownVersion(_path, foundFormat, foundVersion);
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw InventoryFaults.Damaged(_path, "its first line is no header");
        }

        return header;
    }

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        var reader = new Utf8JsonReader(Line.Span["{\"end\":"u8.Length..]);
        if (!reader.Read() || !reader.TryGetInt64(out var announced) || announced != _entries)
        {
            throw InventoryFaults.Damaged(_path, $"it holds {_entries} entries, and its end line says otherwise");
        }

        if (await NextLineAsync(cancellationToken))
        {
            throw InventoryFaults.Damaged(_path, "something follows its end line");
        }

        // The compressed frame may have ended before the file: the digest is that of the whole file.
        var rest = new byte[4096];
        while (await _digest.ReadAsync(rest, cancellationToken) > 0)
        {
            // Only hashed.
        }

        Sha256 = _digest.Sha256();
    }

    private async ValueTask<bool> NextLineAsync(CancellationToken cancellationToken)
    {
        var searched = _from;
        while (true)
        {
            var end = _buffer.AsSpan(searched, _to - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                Line = _buffer.AsMemory(_from, searched + end - _from);
                _from = searched + end + 1;
                return true;
            }

            searched = _to - _from;
            MakeRoom();
            var read = await FillAsync(cancellationToken);
            if (read == 0)
            {
                return searched == 0 ? false : throw InventoryFaults.Damaged(_path, "its last line is cut");
            }

            _to += read;
        }
    }

    private async ValueTask<int> FillAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _zstd.ReadAsync(_buffer.AsMemory(_to), cancellationToken);
        }
        catch (Exception error) when (error is ZstdException or EndOfStreamException)
        {
            throw InventoryFaults.Damaged(_path, "it does not decompress");
        }
    }

    /// <summary>Moves the unread bytes to the front, and grows the buffer when a line fills it.</summary>
    private void MakeRoom()
    {
        var unread = _to - _from;
        var target = _buffer;
        if (unread == _buffer.Length)
        {
            if (unread >= MostLineBytes)
            {
                throw InventoryFaults.Damaged(_path, "a line is longer than 1 MiB");
            }

            target = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        }

        _buffer.AsSpan(_from, unread).CopyTo(target);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        _from = 0;
        _to = unread;
    }
}
