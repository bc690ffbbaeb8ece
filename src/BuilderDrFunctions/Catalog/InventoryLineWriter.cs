using System.Buffers;
using System.Text.Json;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Vault;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace BuilderDrFunctions.Catalog;

/// <summary>Writes a sorted, Zstandard-compressed file of JSON lines into the vault: header, one line per key, and an end line that counts them.</summary>
internal sealed class InventoryLineWriter : IAsyncDisposable
{
    // Digests do not compress; a higher level costs time and saves next to nothing.
    private const int Level = 2;
    private const int FlushBytes = 128 * 1024;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushBytes + 4096);
    private readonly Utf8JsonWriter _json;
    private readonly VaultWriter _blob;
    private readonly DigestStream _digest;
    private readonly CompressionStream _zstd;
    private readonly string _path;
    private string? _previous;
    private long _entries;
    private bool _closed;

    private InventoryLineWriter(string path, VaultWriter blob)
    {
        _path = path;
        _blob = blob;
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _digest = new DigestStream(blob.Content);
        _zstd = new CompressionStream(_digest, Level, leaveOpen: true);
        _zstd.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
    }

    /// <summary>Begins a file with its header line.</summary>
    public static async Task<InventoryLineWriter> CreateAsync(
        IVault vault, string path, string format, int version, Action<Utf8JsonWriter> header, CancellationToken cancellationToken)
    {
        var writer = new InventoryLineWriter(path, await vault.CreateAsync(path, expectedBytes: null, cancellationToken));
        writer._json.WriteStartObject();
        writer._json.WriteString("format"u8, format);
        writer._json.WriteNumber("version"u8, version);
        header(writer._json);
        writer.EndLine();
        return writer;
    }

    /// <summary>Adds a line; <paramref name="write"/> adds properties behind <c>key</c>.</summary>
    public ValueTask WriteAsync<TEntry>(string key, TEntry entry, Action<Utf8JsonWriter, TEntry> write, CancellationToken cancellationToken)
    {
        if (_previous is not null && KeyOrder.Compare(key, _previous) <= 0)
        {
            throw InventoryFaults.OutOfOrder(_path, key, _previous);
        }

        _previous = key;
        _entries++;
        _json.WriteStartObject();
        _json.WriteString("key"u8, key);
        write(_json, entry);
        EndLine();
        return _buffer.WrittenCount >= FlushBytes ? FlushAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>Adds the end line and makes the file visible, unless one already is at its path.</summary>
    /// <returns>Whether this file is now the one at the path, and its SHA-256.</returns>
    public async Task<(bool Committed, string Sha256)> CommitAsync(CancellationToken cancellationToken)
    {
        _json.WriteStartObject();
        _json.WriteNumber("end"u8, _entries);
        EndLine();
        await FlushAsync(cancellationToken);
        _closed = true;
        await _zstd.DisposeAsync();
        var sha256 = _digest.Sha256();
        return (await _blob.CommitAsync(cancellationToken), sha256);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_closed)
        {
            // A compressor writes its last frame when disposed: into the void, since nothing is committed.
            await _zstd.DisposeAsync();
        }

        await _json.DisposeAsync();
        await _blob.DisposeAsync();
    }

    private void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _buffer.Write("\n"u8);
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await _zstd.WriteAsync(_buffer.WrittenMemory, cancellationToken);
        _buffer.ResetWrittenCount();
    }
}
