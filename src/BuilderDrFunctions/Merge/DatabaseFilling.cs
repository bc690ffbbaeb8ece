using System.Globalization;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>Fills the new database: schema, rows, proof, keys, sequences, statistics.</summary>
internal sealed class DatabaseFilling(
    DatabaseMergeNames names, IReadOnlyDictionary<string, FrozenSource> sources, NpgsqlDataSource target, ServerFacts server, string owner, int parallelism, TimeProvider time)
{
    /// <summary>Tables of fewer blocks than this, about a megabyte, are not divided: another statement costs more than a second connection gains.</summary>
    public const long LeastPages = 128;

    // a connection is as dear as copying a few megabytes
    private const long PagesPerWorker = 512;

    // A small installation is done before a second worker has signed in.
    private readonly int _workers = (int)Math.Clamp(
        sources.Values.Sum(source => source.Snapshot.Tables.Sum(table => table.Pages)) / PagesPerWorker, 1, parallelism);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, double> _seconds = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Fills it and proves it.</summary>
    public async Task<MergeResult> RunAsync(IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = new MergeClock(time);
        var notes = Check();
        await using var workers = await MergeWorkers.OpenAsync(_workers, () => MergeConnections.OpenAsync(sources, target, owner, cancellationToken));
        var first = workers.All[0];
        await first.ExecuteAsync(MergedSchema.Tables, cancellationToken);
        var shapes = (await TableCatalog.ReadAsync(first.Target, cancellationToken)).ToDictionary(shape => shape.Name.Name, StringComparer.Ordinal);
        var proof = new DatabaseProof(shapes, FingerprintAlgorithms.BestFor(server));
        clock.End("schema");

        var parts = Parts();
        await CopyAsync(parts, workers, proof, progress, cancellationToken);
        clock.End("copy");

        progress?.Report(new MergeProgress("verify", MergedSchema.Mapped.Count, MergedSchema.Mapped.Count, _bytes));
        var digests = await proof.CompareAsync(parts, workers, server, cancellationToken);
        clock.End("verify");

        progress?.Report(new MergeProgress("keys and indexes", MergedSchema.Mapped.Count, MergedSchema.Mapped.Count, _bytes));
        await MakeIndexesAsync(workers, cancellationToken);
        await MakeForeignKeysAsync(workers, cancellationToken);
        clock.End("keys and indexes");

        var sequences = await SetSequencesAsync(first, cancellationToken);
        clock.End("sequences");
        return new MergeResult(
            server.Version, proof.Algorithm,
            [.. MergedSchema.Mapped.Select(table => new MergedTable(
                table.Name, names.SourceOf(table), digests[table.Name].Target.Rows, digests[table.Name].Source.ToString(), digests[table.Name].Target.ToString(), [],
                Math.Round(_seconds.GetValueOrDefault(table.Name), 3)))],
            sequences, clock.Stages, notes);
    }

    /// <summary>Once more, now that nobody can change them: the tables are as the copy expects them.</summary>
    private List<string> Check()
    {
        var problems = new List<MergeProblem>();
        var notes = new List<string>();
        foreach (var (database, source) in sources)
        {
            var forms = source.Snapshot.Tables.ToDictionary(table => table.Name.Name, table => table.Columns.Select(column => column.Name).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
            foreach (var table in MergedSchema.Mapped.Where(table => names.SourceOf(table) == database))
            {
                if (!forms.TryGetValue(table.Name, out var columns))
                {
                    problems.Add(MergeProblem.Of(MergeFaults.SourceTableMissing(database, table.Name)));
                    continue;
                }

                problems.AddRange(table.Columns.Where(column => column.Expression is null && !columns.Contains(column.Name))
                    .Select(column => MergeProblem.Of(MergeFaults.ColumnMissing(MergedSchema.Public(table.Name), column.Name, [database]))));
                problems.AddRange(columns.Where(column => table.Columns.All(wanted => wanted.Name != column) && !MappedTable.IsDropped(table.Name, column))
                    .Select(column => MergeProblem.Of(MergeFaults.ColumnExtra(MergedSchema.Public(table.Name), column, [database]))));
                notes.AddRange(columns.Where(column => MappedTable.IsDropped(table.Name, column)).Select(column => $"column {column} of table {table.Name} was left out"));
                notes.AddRange(table.Columns.Where(column => column.Expression is not null).Select(column => $"column {column.Name} of table {table.Name} was made anew: {column.Expression}"));
            }
        }

        return problems.Count == 0 ? notes : throw MergeFaults.CheckFailed($"databases '{names.Originsrv}' and '{names.Sessionsrv}'", problems);
    }

    private List<CopyPart> Parts()
    {
        var parts = new List<CopyPart>();
        foreach (var table in MergedSchema.Mapped)
        {
            var database = names.SourceOf(table);
            var shape = sources[database].Snapshot.Tables.First(shape => shape.Name.Name == table.Name);
            parts.AddRange(TablePart.Divide([shape], _workers * 2, server.VersionNumber, LeastPages).Select(part => new CopyPart(table, database, part, shape.Pages)));
        }

        // the largest first, so that none of them is begun last
        return [.. parts.OrderByDescending(part => part.TablePages)];
    }

    private async Task CopyAsync(List<CopyPart> parts, MergeWorkers workers, DatabaseProof proof, IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        var left = parts.CountBy(part => part.Table.Name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var done = 0;
        await ParallelWork.RunAsync(
            parts,
            workers.All,
            async (worker, part, token) =>
            {
                var begun = time.GetTimestamp();
                var (digest, columns) = proof.OfSource(part.Table);
                var copied = await BinaryCopy.RunAsync(
                    await worker.SourceAsync(part.Database, token), digest.SelectRows(part.Part.Table.Name, part.Part.Condition, columns),
                    worker.Target, $"{MergedSchema.Public(part.Table.Name)} ({string.Join(", ", columns.Select(column => SqlName.Quote(column.Name)))})",
                    bytes => progress?.Report(new MergeProgress(part.Table.Name, Volatile.Read(ref done), MergedSchema.Mapped.Count, Interlocked.Add(ref _bytes, bytes))), token);
                proof.AddCopied(part.Table, copied);
                lock (_lock)
                {
                    _seconds[part.Table.Name] = _seconds.GetValueOrDefault(part.Table.Name) + time.GetElapsedTime(begun).TotalSeconds;
                    done += --left[part.Table.Name] == 0 ? 1 : 0;
                }
            },
            cancellationToken);
    }

    private Task MakeIndexesAsync(MergeWorkers workers, CancellationToken cancellationToken)
    {
        var indexes = MergedSchema.Indexes.ToLookup(statement => statement.Table, statement => statement.Sql, StringComparer.Ordinal);
        var tables = MergedSchema.Mapped.Select(table => table.Name).OrderByDescending(PagesOf).Select(table => string.Join('\n', indexes[table].Append($"ANALYZE {table};")));
        return ParallelWork.RunAsync(tables, workers.All, static (worker, sql, token) => worker.ExecuteAsync(sql, token), cancellationToken);
    }

    /// <summary>Makes the foreign keys. Each is made without a look at the rows, which needs both tables for itself, and then held against them, which does not.</summary>
    private async Task MakeForeignKeysAsync(MergeWorkers workers, CancellationToken cancellationToken)
    {
        const string unproved = "SELECT conrelid::regclass::text, conname::text FROM pg_catalog.pg_constraint WHERE contype = 'f' AND NOT convalidated";
        await workers.All[0].ExecuteAsync(string.Concat(MergedSchema.ForeignKeys.Select(statement => statement.Sql.TrimEnd(';') + " NOT VALID;\n")), cancellationToken);
        var keys = new List<(string Table, string Name)>();
        await using (var command = new NpgsqlCommand(unproved, workers.All[0].Target))
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                keys.Add((reader.GetString(0), reader.GetString(1)));
            }
        }

        var tables = keys.GroupBy(key => key.Table, StringComparer.Ordinal).OrderByDescending(table => PagesOf(table.Key))
            .Select(table => $"ALTER TABLE {table.Key} {string.Join(", ", table.Select(key => $"VALIDATE CONSTRAINT {SqlName.Quote(key.Name)}"))}");
        await ParallelWork.RunAsync(tables, workers.All, static (worker, sql, token) => worker.ExecuteAsync(sql, token), cancellationToken);
    }

    private async Task<IReadOnlyList<MergedSequence>> SetSequencesAsync(MergeConnections worker, CancellationToken cancellationToken)
    {
        var positions = sources.Values.SelectMany(source => source.Snapshot.Positions)
            .GroupBy(entry => entry.Key.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Max(entry => entry.Value), StringComparer.Ordinal);
        List<MergedSequence> sequences =
        [
            .. (await SchemaReader.ReadPositionsAsync(worker.Target, server.VersionNumber, cancellationToken))
                .Select(entry => new MergedSequence(entry.Key.Name, Math.Max(entry.Value, positions.GetValueOrDefault(entry.Key.Name, 1))))
                .OrderBy(sequence => sequence.Name, StringComparer.Ordinal),
        ];
        await worker.ExecuteAsync(string.Concat(sequences.Select(sequence => string.Create(
            CultureInfo.InvariantCulture, $"ALTER SEQUENCE {MergedSchema.Public(sequence.Name)} RESTART WITH {sequence.Position};\n"))), cancellationToken);
        return sequences;
    }

    private long PagesOf(string table) =>
        sources[names.SourceOf(MergedSchema.Mapped.First(mapped => mapped.Name == table))].Snapshot.Tables.First(shape => shape.Name.Name == table).Pages;
}

/// <summary>A table, or a range of its blocks, that one COPY passes on.</summary>
/// <param name="Table">The table.</param>
/// <param name="Database">Where its rows are.</param>
/// <param name="Part">Which of them.</param>
/// <param name="TablePages">The whole table's size.</param>
internal sealed record CopyPart(MappedTable Table, string Database, TablePart Part, long TablePages);
