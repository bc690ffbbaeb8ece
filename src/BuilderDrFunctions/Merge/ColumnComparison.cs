using BuilderDrFunctions.Postgres;

namespace BuilderDrFunctions.Merge;

/// <summary>Compares a table's columns, by name, in all shards with those of the merged table. What is the same in several shards is told once.</summary>
internal sealed class ColumnComparison(List<MergeProblem> problems, List<string> notes)
{
    /// <summary>Notes what differs; gives the columns whose nulls need a look, or null where rows cannot be merged.</summary>
    public IReadOnlyList<string>? Compare(SqlName table, TableForm merged, IReadOnlyList<TableForm> shards)
    {
        var before = problems.Count;
        var columns = merged.Columns.ToDictionary(column => column.Name, StringComparer.Ordinal);
        foreach (var column in merged.Columns)
        {
            List<string> missing = [.. shards.Where(shard => Find(shard, column.Name) is null).Select(shard => shard.Schema)];
            if (missing.Count > 0)
            {
                problems.Add(MergeProblem.Of(MergeFaults.ColumnMissing(table, column.Name, missing)));
            }

            foreach (var other in shards.Where(shard => Find(shard, column.Name) is { } found && found.Type != column.Type).GroupBy(shard => Find(shard, column.Name)!.Type, StringComparer.Ordinal))
            {
                problems.Add(MergeProblem.Of(MergeFaults.ColumnType(table, column.Name, column.Type, other.Key, [.. other.Select(shard => shard.Schema)])));
            }
        }

        foreach (var extra in shards.SelectMany(shard => shard.Columns.Where(column => !columns.ContainsKey(column.Name)), (shard, column) => (shard.Schema, column.Name))
            .GroupBy(found => found.Name, found => found.Schema, StringComparer.Ordinal))
        {
            problems.Add(MergeProblem.Of(MergeFaults.ColumnExtra(table, extra.Key, [.. extra])));
        }

        if (problems.Count > before)
        {
            return null;
        }

        var reordered = shards.Count(shard => !shard.Columns.Select(column => column.Name).SequenceEqual(merged.Columns.Select(column => column.Name), StringComparer.Ordinal));
        if (reordered > 0)
        {
            notes.Add($"table {table.Name} has its columns in another order in {reordered} of {shards.Count} shards; they are merged by name");
        }

        return [.. merged.Columns.Where(column => column.IsRequired && shards.Any(shard => !Find(shard, column.Name)!.IsRequired)).Select(column => column.Name)];
    }

    private static ColumnForm? Find(TableForm form, string column) => form.Columns.FirstOrDefault(found => string.Equals(found.Name, column, StringComparison.Ordinal));
}
