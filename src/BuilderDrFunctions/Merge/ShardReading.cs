using System.Threading.Channels;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>What is read on a connection of its own under the merge's snapshot, while the merge writes.</summary>
/// <param name="Tables">The shards' rows of the tables that were read there.</param>
/// <param name="Positions">What each sequence gives next, in <c>public</c> and in the shards.</param>
internal sealed record ShardReading(IReadOnlyDictionary<SqlName, ShardRows> Tables, IReadOnlyDictionary<SqlName, long> Positions)
{
    /// <summary>Reads it; null when there is nothing to merge.</summary>
    /// <param name="connection">One that does nothing else meanwhile.</param>
    /// <param name="whatToRead">Where the sequences stand is read until this is known.</param>
    /// <param name="server">Its facts.</param>
    /// <param name="algorithm">How rows are digested.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<ShardReading?> ReadAsync(
        NpgsqlConnection connection, ChannelReader<CheckedShards> whatToRead, ServerFacts server, string algorithm, CancellationToken cancellationToken)
    {
        var positions = await SchemaReader.ReadPositionsAsync(connection, server.VersionNumber, cancellationToken);
        if (!await whatToRead.WaitToReadAsync(cancellationToken) || !whatToRead.TryRead(out var shards))
        {
            return null;
        }

        await using (var setting = new NpgsqlCommand("SET max_parallel_workers_per_gather = 0", connection))
        {
            await setting.ExecuteNonQueryAsync(cancellationToken);
        }

        var tables = new Dictionary<SqlName, ShardRows>();
        while (shards.Tables.TryDequeue(out var table))
        {
            // a transaction for each table: it keeps a lock on all it read, and the lock table holds the merge's own locks, too
            await using var transaction = await ExportedSnapshot.JoinAsync(connection, shards.Snapshot, cancellationToken);
            tables[table.Merged] = await ShardRows.ReadAsync(connection, table, algorithm, cancellationToken);
            // not left to the transaction's disposal, which keeps to itself that the connection broke
            await transaction.CommitAsync(cancellationToken);
        }

        return new ShardReading(tables, positions);
    }
}

/// <summary>What all shards together hold of a table.</summary>
/// <param name="Digest">Of all rows.</param>
/// <param name="PerShard">How many each shard has, in the shards' order.</param>
internal sealed record ShardRows(TableDigest Digest, IReadOnlyList<long> PerShard)
{
    // no name that a column of Builder's has
    private const string Shard = "\"in shard\"";

    /// <summary>Counts and digests them, in the connection's current transaction.</summary>
    public static async Task<ShardRows> ReadAsync(NpgsqlConnection connection, ShardTable table, string algorithm, CancellationToken cancellationToken)
    {
        var digest = table.Digest(algorithm);
        var sum = default(TableDigest);
        var rows = new List<long>();
        foreach (var piece in table.Shards.Pieces())
        {
            var parts = await digest.ReadPartsAsync(connection, $"({piece.Select(table.ColumnNames, Shard)}) AS united", Shard, cancellationToken);
            sum = parts.Values.Aggregate(sum, (total, shard) => total + shard);
            rows.AddRange(piece.Parts.Select(shard => parts.GetValueOrDefault(shard.Schema).Rows));
        }

        return new ShardRows(sum, rows);
    }
}
