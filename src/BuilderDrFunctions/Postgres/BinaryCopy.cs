using System.Buffers;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Passes rows from one database to another in PostgreSQL's binary COPY format, without a disk between, and adds up the digest of what it reads.</summary>
internal static class BinaryCopy
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Copies; when it fails or is cancelled, the target keeps none of these rows.</summary>
    /// <param name="from">The source.</param>
    /// <param name="select">What is read there, as <see cref="RowDigest.SelectRows"/> words it: the hashes in front are not passed on.</param>
    /// <param name="to">The target.</param>
    /// <param name="into">Table and columns there, as SQL.</param>
    /// <param name="progress">Told of every buffer's bytes.</param>
    /// <param name="cancellationToken">Ends both sides.</param>
    /// <returns>The digest of the rows that were read.</returns>
    public static async Task<TableDigest> RunAsync(
        NpgsqlConnection from, string select, NpgsqlConnection to, string into, Action<long> progress, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var rows = new HashedRows();
        try
        {
            await using var source = await from.BeginRawBinaryCopyAsync($"COPY ({select}) TO STDOUT (FORMAT binary)", cancellationToken);
            await using var target = await to.BeginRawBinaryCopyAsync($"COPY {into} FROM STDIN (FORMAT binary)", cancellationToken);
            try
            {
                var left = 0;
                while (await FillAsync(source, buffer, left, cancellationToken) is var filled && filled > left)
                {
                    (var kept, left) = rows.Take(buffer.AsSpan(0, filled));
                    await target.WriteAsync(buffer.AsMemory(0, kept), cancellationToken);
                    buffer.AsSpan(filled - left, left).CopyTo(buffer);
                    progress(kept);
                }

                return rows.Digest;
            }
            catch
            {
                await CancelAsync(target);
                throw;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // One read gives one row at most, and small rows are too little to send by themselves.
    private static async Task<int> FillAsync(NpgsqlRawCopyStream source, byte[] buffer, int filled, CancellationToken cancellationToken)
    {
        int read;
        while (filled < BufferBytes / 2 && (read = await source.ReadAsync(buffer.AsMemory(filled), cancellationToken)) > 0)
        {
            filled += read;
        }

        return filled;
    }

    /// <summary>Takes back what was sent; disposing alone would say that this was all.</summary>
    private static async Task CancelAsync(NpgsqlRawCopyStream target)
    {
        try
        {
            await target.CancelAsync();
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException or IOException)
        {
            // Its connection is gone, and the COPY with it: what ended that is the error to tell.
        }
    }
}
