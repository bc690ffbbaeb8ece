using System.Diagnostics.CodeAnalysis;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace BuilderDrFunctions.Postgres;

/// <summary>A piece of an archive, and the Zstandard frame it becomes. Frames in a row are one valid Zstandard file.</summary>
internal sealed class ArchiveFrame : IAsyncDisposable
{
    /// <summary>Four times the window of the level used, so that beginning anew costs next to no compression.</summary>
    public const int Bytes = 2 << 20;

    private const int Level = 1;

    // Of just that size, for the dump alone: the shared pool would double the larger one and keep both for each of its threads.
    private readonly byte[] _plain = GC.AllocateUninitializedArray<byte>(Bytes);
    private readonly byte[]? _compressed;
    private readonly Compressor? _compressor;
    private Task _packing = Task.CompletedTask;

    public ArchiveFrame(bool compress)
    {
        if (compress)
        {
            _compressor = new Compressor(Level);
            _compressor.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
            _compressed = GC.AllocateUninitializedArray<byte>(Compressor.GetCompressBound(Bytes));
        }
    }

    /// <summary>How much of the archive it holds.</summary>
    public int Length { get; private set; }

    /// <summary>What is stored of it.</summary>
    public ReadOnlyMemory<byte> Packed { get; private set; }

    /// <summary>Fills it as far as the archive goes; fewer than <see cref="Bytes"/> is its end.</summary>
    public async Task<int> FillAsync(Stream archive, CancellationToken cancellationToken)
    {
        Length = await archive.ReadAtLeastAsync(_plain.AsMemory(0, Bytes), Bytes, throwOnEndOfStream: false, cancellationToken);
        return Length;
    }

    /// <summary>Compresses what it holds, on another thread.</summary>
    public Task PackAsync()
    {
        if (_compressor is null)
        {
            Packed = _plain.AsMemory(0, Length);
            return Task.CompletedTask;
        }

        return _packing = Task.Run(() => { Packed = _compressed.AsMemory(0, _compressor.Wrap(_plain.AsSpan(0, Length), _compressed)); });
    }

    [SuppressMessage("Usage", "VSTHRD003", Justification = "the task runs on the pool and needs no thread of ours")]
    public async ValueTask DisposeAsync()
    {
        // the compressor must not go while it is in use; an error of the last frame has been reported where it was awaited
        await _packing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _compressor?.Dispose();
    }
}
