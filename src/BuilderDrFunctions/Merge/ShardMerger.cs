using System.Collections.Concurrent;
using System.Data;
using System.Globalization;
using System.Threading.Channels;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>Merges a database's shards into its schema <c>public</c>: one transaction, which proves what it wrote before it commits.</summary>
/// <remarks>
/// The shards are locked against writes and the merged tables against any use, so what is proved is what is committed. Whatever fails, and
/// wherever this process dies, the transaction never happened.
/// </remarks>
internal sealed class ShardMerger(PostgresServer postgres, ShardedDatabase database, TimeProvider time)
{
    /// <summary>Merges; null when the flag is set already.</summary>
    /// <param name="beforeCommit">Told what is about to be committed: whoever keeps it knows afterwards what a commit meant whose answer was lost.</param>
    /// <param name="progress">Told of every table; null: nobody.</param>
    /// <param name="cancellationToken">Ends it; nothing is changed then.</param>
    /// <exception cref="Faults.FaultException">DR3xxx or DR7xxx; nothing is changed then.</exception>
    public async Task<MergeResult?> RunAsync(
        Func<MergeResult, CancellationToken, Task> beforeCommit, IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        var server = await postgres.ProbeAsync(cancellationToken);
        return await postgres.UseAsync(
            database.Name,
            async (source, token) =>
            {
                await using var connection = await source.OpenConnectionAsync(token);
                await MergeSessions.TakeOverAsync(connection, token);
                return await MergeAsync(source, connection, server, beforeCommit, progress, token);
            },
            cancellationToken);
    }

    private async Task<MergeResult?> MergeAsync(
        NpgsqlDataSource source, NpgsqlConnection connection, ServerFacts server, Func<MergeResult, CancellationToken, Task> beforeCommit,
        IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = new MergeClock(time);
        await using var reader = await source.OpenConnectionAsync(cancellationToken);
        await MergeSessions.NameAsync(reader, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await RunAsync(connection, "SET TRANSACTION READ WRITE", cancellationToken);
        await LockAsync(reader, connection, cancellationToken);
        // two sessions, each as long at work as the other: one checks and writes, one digests, and what is left to digest once all is written both do
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var algorithm = FingerprintAlgorithms.BestFor(server);
        var passing = Channel.CreateBounded<CheckedShards>(1);
        var writing = FirstFailure.CancelOthersAsync(() => WriteAsync(connection, server, algorithm, clock, passing.Writer, progress, failed.Token), failed);
        var reading = FirstFailure.CancelOthersAsync(() => ShardReading.ReadAsync(reader, passing.Reader, server, algorithm, failed.Token), failed);
        await FirstFailure.WhenAllAsync([writing, reading]);
        if (await writing is not { Layout: var layout, Keys: var keys, Seconds: var seconds, Read: var rest } || await reading is not { Tables: var read, Positions: var positions })
        {
            return null;
        }

        var sharded = read.Concat(rest).ToDictionary();
        clock.End("insert");

        progress?.Report(new MergeProgress("verify", layout.Tables.Count, layout.Tables.Count, 0));
        var merged = await DigestAsync(connection, layout.Tables, algorithm, cancellationToken);
        Compare(layout.Tables, sharded, merged);
        clock.End("verify");

        progress?.Report(new MergeProgress("keys and indexes", layout.Tables.Count, layout.Tables.Count, 0));
        await keys.PutIndexesBackAsync(connection, cancellationToken);
        await AnalyzeAsync(connection, layout.Tables, cancellationToken);
        await keys.PutForeignKeysBackAsync(connection, cancellationToken);
        clock.End("keys and indexes");

        var sequences = await MergeSequences.AdvanceAsync(connection, positions, cancellationToken);
        await MergeFlag.SetAsync(connection, cancellationToken);
        var result = new MergeResult(
            server.Version, algorithm,
            [.. layout.Tables.Select(table => new MergedTable(
                table.Name, database.Name, merged[table.Merged].Rows, sharded[table.Merged].Digest.ToString(), merged[table.Merged].ToString(),
                sharded[table.Merged].PerShard, seconds[table.Merged]))],
            sequences, clock.Stages, [.. layout.Notes, $"{keys.Count} keys and indexes were made anew over the merged rows"]);
        await beforeCommit(result, cancellationToken);
        // not to be cancelled: nobody would know what became of it
        await transaction.CommitAsync(CancellationToken.None);
        clock.End("commit");
        return result with { Stages = clock.Stages };
    }

    private async Task LockAsync(NpgsqlConnection reader, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // On another connection: nothing may take the transaction's snapshot before the locks are there.
        var tables = await TableCatalog.ReadNamesAsync(reader, cancellationToken);
        await LockedTables.LockAsync(
            connection, database.Name, tables.Where(table => table.Schema is ShardedDatabase.MergedSchema), TableLock.AccessExclusive, cancellationToken);
        await LockedTables.LockAsync(
            connection, database.Name, tables.Where(table => table.Schema.StartsWith(ShardedDatabase.ShardPrefix, StringComparison.Ordinal)), TableLock.Share, cancellationToken);
    }

    /// <summary>Looks at everything once more, now that nobody can change it, and inserts; null when the flag is set.</summary>
    private async Task<InsertedShards?> WriteAsync(
        NpgsqlConnection connection, ServerFacts server, string algorithm, MergeClock clock, ChannelWriter<CheckedShards> reader, IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        if (await MergeFlag.ReadAsync(connection, cancellationToken) is true)
        {
            reader.Complete();
            return null;
        }

        var layout = await new ShardLayoutReader(connection, database).ReadAsync(server.Role, cancellationToken);
        await RefuseAsync(connection, layout, cancellationToken);
        var unread = new ConcurrentQueue<ShardTable>(layout.Tables);
        await reader.WriteAsync(new CheckedShards(unread, await ExportedSnapshot.ExportAsync(connection, cancellationToken)), cancellationToken);
        clock.End("lock and check");
        var keys = await KeysAside.TakeAsync(connection, ShardedDatabase.MergedSchema, [.. layout.Tables.Select(table => table.Name)], cancellationToken);
        var seconds = await InsertAsync(connection, layout.Tables, progress, cancellationToken);
        var read = new Dictionary<SqlName, ShardRows>();
        while (unread.TryDequeue(out var table))
        {
            read[table.Merged] = await ShardRows.ReadAsync(connection, table, algorithm, cancellationToken);
        }

        return new InsertedShards(layout, keys, seconds, read);
    }

    private async Task RefuseAsync(NpgsqlConnection connection, ShardLayout layout, CancellationToken cancellationToken)
    {
        var problems = layout.Problems.ToList();
        if (layout.Tables.Count > 0)
        {
            var counts = layout.Tables.Select((table, i) => string.Create(CultureInfo.InvariantCulture, $"SELECT {i}, pg_catalog.count(*) FROM {table.Merged}"));
            await using var command = new NpgsqlCommand(string.Join(" UNION ALL ", counts), connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (reader.GetInt64(1) is > 0 and var rows)
                {
                    problems.Add(MergeProblem.Of(MergeFaults.RowsInPublic(layout.Tables[reader.GetInt32(0)].Merged, rows)));
                }
            }
        }

        if (problems.Count > 0)
        {
            throw MergeFaults.CheckFailed($"database '{database.Name}'", problems);
        }
    }

    private async Task<IReadOnlyDictionary<SqlName, double>> InsertAsync(
        NpgsqlConnection connection, IReadOnlyList<ShardTable> tables, IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        var seconds = new Dictionary<SqlName, double>();
        foreach (var table in tables)
        {
            progress?.Report(new MergeProgress(table.Name, seconds.Count, tables.Count, 0));
            var begun = time.GetTimestamp();
            var columns = string.Join(", ", table.ColumnNames.Select(SqlName.Quote));
            foreach (var shards in table.Shards.Pieces())
            {
                await RunAsync(connection, $"INSERT INTO {table.Merged} ({columns}) {shards.Select(table.ColumnNames)}", cancellationToken);
            }

            seconds[table.Merged] = Math.Round(time.GetElapsedTime(begun).TotalSeconds, 3);
        }

        return seconds;
    }

    private static async Task<IReadOnlyDictionary<SqlName, TableDigest>> DigestAsync(
        NpgsqlConnection connection, IReadOnlyList<ShardTable> tables, string algorithm, CancellationToken cancellationToken)
    {
        // the other session is done: its processor can help
        await RunAsync(connection, "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL max_parallel_workers_per_gather = 4", cancellationToken);
        var digests = new Dictionary<SqlName, TableDigest>();
        foreach (var table in tables)
        {
            digests[table.Merged] = await table.Digest(algorithm).ReadRelationAsync(connection, $"ONLY {table.Merged}", cancellationToken);
        }

        return digests;
    }

    private static void Compare(IReadOnlyList<ShardTable> tables, Dictionary<SqlName, ShardRows> sharded, IReadOnlyDictionary<SqlName, TableDigest> merged)
    {
        var differences = MergeDifferences.Of(tables.Select(table => (table.Name, sharded[table.Merged].Digest, merged[table.Merged])));
        if (differences.Count > 0)
        {
            throw MergeFaults.ContentDiffers(differences);
        }
    }

    private static async Task AnalyzeAsync(NpgsqlConnection connection, IReadOnlyList<ShardTable> tables, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            await RunAsync(connection, $"ANALYZE {table.Merged}", cancellationToken);
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What was inserted.</summary>
    /// <param name="Layout">From where.</param>
    /// <param name="Keys">Those that have to be put back.</param>
    /// <param name="Seconds">How long each table took.</param>
    /// <param name="Read">The shards' rows of the tables that the other session left.</param>
    private sealed record InsertedShards(
        ShardLayout Layout, KeysAside Keys, IReadOnlyDictionary<SqlName, double> Seconds, IReadOnlyDictionary<SqlName, ShardRows> Read);
}

/// <summary>What is to be read beside the merge, checked and locked.</summary>
/// <param name="Tables">Whoever takes one of them off reads it.</param>
/// <param name="Snapshot">Shows them to other sessions.</param>
internal sealed record CheckedShards(ConcurrentQueue<ShardTable> Tables, string Snapshot);
