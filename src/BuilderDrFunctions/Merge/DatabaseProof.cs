using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>Holds every table of the new database against its source, with columns mapped as the copy maps them.</summary>
/// <remarks>
/// The digest of a source is that of the rows its copies have read: whatever happened to them on the way or in the new table shows. That they have read
/// all rows, and none twice, is seen by counting the source besides.
/// </remarks>
internal sealed class DatabaseProof(IReadOnlyDictionary<string, TableShape> shapes, string algorithm)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Evidence> _evidence = new(StringComparer.Ordinal);

    /// <summary>How rows are digested.</summary>
    public string Algorithm { get; } = algorithm;

    /// <summary>How a source's rows are read and digested: columns in the merged table's order.</summary>
    public (RowDigest Digest, IReadOnlyList<DigestColumn> Columns) OfSource(MappedTable table)
    {
        var shape = Columns(table).ToDictionary(column => column.Name, StringComparer.Ordinal);
        List<DigestColumn> columns = [.. table.Columns.Select(column => shape[column.Name] with { Expression = column.Expression })];
        return (new RowDigest(Algorithm, columns), columns);
    }

    /// <summary>Adds what a copy has read.</summary>
    public void AddCopied(MappedTable table, TableDigest digest) => Add(table.Name, evidence => evidence with { Copied = evidence.Copied + digest });

    /// <summary>Counts the sources, digests the new tables and compares.</summary>
    /// <exception cref="Faults.PermanentFaultException">DR7023, naming the tables that differ.</exception>
    public async Task<IReadOnlyDictionary<string, (TableDigest Source, TableDigest Target)>> CompareAsync(
        IReadOnlyList<CopyPart> copied, MergeWorkers workers, ServerFacts server, CancellationToken cancellationToken)
    {
        var filled = await TableCatalog.ReadAsync(workers.All[0].Target, cancellationToken, ShardedDatabase.MergedSchema);
        var tables = MergedSchema.Mapped.ToDictionary(table => table.Name, StringComparer.Ordinal);
        var work = filled.Where(shape => tables.ContainsKey(shape.Name.Name))
            .SelectMany(shape => TablePart.Divide([shape], workers.All.Count * 2, server.VersionNumber, DatabaseFilling.LeastPages))
            .Select(part => (part.Table.Pages, Work: Digest(tables[part.Table.Name.Name], part)))
            .Concat(copied.GroupBy(part => part.Database, StringComparer.Ordinal).Select(source => (
                Pages: source.Max(part => part.TablePages), Work: Count(source.Key, [.. source.Select(part => part.Table.Name).Distinct(StringComparer.Ordinal)]))));
        await ParallelWork.RunAsync(
            work.OrderByDescending(part => part.Pages), workers.All, static (worker, part, token) => part.Work(worker, token), cancellationToken);
        var digests = _evidence.ToDictionary(
            entry => entry.Key, entry => (Source: entry.Value.Copied with { Rows = entry.Value.Counted }, Target: entry.Value.Filled), StringComparer.Ordinal);
        var differences = MergeDifferences.Of(digests.Select(entry => (entry.Key, entry.Value.Source, entry.Value.Target)));
        return differences.Count == 0 ? digests : throw MergeFaults.ContentDiffers(differences);
    }

    private Func<MergeConnections, CancellationToken, Task> Digest(MappedTable table, TablePart part) => async (worker, token) =>
    {
        var digest = await new RowDigest(Algorithm, Columns(table)).ReadAsync(worker.Target, part.Table.Name, part.Condition, token);
        Add(table.Name, evidence => evidence with { Filled = evidence.Filled + digest });
    };

    private Func<MergeConnections, CancellationToken, Task> Count(string database, List<string> tables) => async (worker, token) =>
    {
        var counts = string.Join(" UNION ALL ", tables.Select(table => $"SELECT {SqlName.Literal(table)}::text, pg_catalog.count(*) FROM ONLY {MergedSchema.Public(table)}"));
        await using var command = new NpgsqlCommand(counts, await worker.SourceAsync(database, token));
        await using var reader = await command.ExecuteReaderAsync(token);
        while (await reader.ReadAsync(token))
        {
            var rows = reader.GetInt64(1);
            Add(reader.GetString(0), evidence => evidence with { Counted = rows });
        }
    };

    // Both sides are digested in the same way, whatever forbids nulls.
    private IEnumerable<DigestColumn> Columns(MappedTable table) => shapes[table.Name].Columns.Select(column => column with { Nullable = true });

    private void Add(string table, Func<Evidence, Evidence> found)
    {
        lock (_lock)
        {
            _evidence[table] = found(_evidence.GetValueOrDefault(table) ?? new Evidence(default, 0, default));
        }
    }

    /// <summary>What is known of a table.</summary>
    /// <param name="Copied">The rows that were read from its source.</param>
    /// <param name="Counted">How many the source has.</param>
    /// <param name="Filled">The rows that the new table has.</param>
    private sealed record Evidence(TableDigest Copied, long Counted, TableDigest Filled);
}
