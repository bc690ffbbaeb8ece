using System.Globalization;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>Holds a source database's tables against what the merged schema expects of them.</summary>
internal sealed class SourceComparison(string database, List<MergeProblem> problems, List<string> notes)
{
    /// <summary>Compares; gives the tables whose rows can be read as expected.</summary>
    public IReadOnlyList<MappedTable> Compare(IReadOnlyList<TableForm> forms, IEnumerable<MappedTable> expected)
    {
        var found = forms.Where(form => form.Schema is ShardedDatabase.MergedSchema).ToDictionary(form => form.Table, StringComparer.Ordinal);
        var readable = new List<MappedTable>();
        foreach (var table in expected)
        {
            if (!found.TryGetValue(table.Name, out var form))
            {
                problems.Add(MergeProblem.Of(MergeFaults.SourceTableMissing(database, table.Name)));
            }
            else if (CompareColumns(table, form))
            {
                readable.Add(table);
            }
        }

        return readable;
    }

    /// <summary>Notes the tables that the merged schema does not know, with their rows: they stay where they are.</summary>
    public async Task NoteOthersAsync(
        NpgsqlConnection connection, IReadOnlyList<TableForm> forms, IReadOnlyList<MappedTable> expected, CancellationToken cancellationToken)
    {
        foreach (var form in forms.Where(form => form.Schema is ShardedDatabase.MergedSchema && !ShardedDatabase.Bookkeeping.Contains(form.Table, StringComparer.Ordinal)
            && expected.All(table => table.Name != form.Table)).OrderBy(form => form.Table, StringComparer.Ordinal))
        {
            await using var command = new NpgsqlCommand($"SELECT pg_catalog.count(*) FROM {MergedSchema.Public(form.Table)}", connection);
            var rows = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"table {form.Table} of {database} has no place in the merged schema: its {rows} rows stay there"));
        }
    }

    private bool CompareColumns(MappedTable table, TableForm form)
    {
        var before = problems.Count;
        var name = new SqlName(ShardedDatabase.MergedSchema, table.Name);
        var found = form.Columns.ToDictionary(column => column.Name, StringComparer.Ordinal);
        foreach (var column in table.Columns.Where(column => column.Expression is null))
        {
            if (!found.TryGetValue(column.Name, out var there))
            {
                problems.Add(MergeProblem.Of(MergeFaults.ColumnMissing(name, column.Name, [database])));
            }
            else if (there.Type != column.Type)
            {
                problems.Add(MergeProblem.Of(MergeFaults.ColumnType(name, column.Name, column.Type, there.Type, [database])));
            }
        }

        foreach (var extra in form.Columns.Where(column => table.Columns.All(wanted => wanted.Name != column.Name)))
        {
            if (MappedTable.IsDropped(table.Name, extra.Name))
            {
                notes.Add($"column {extra.Name} of table {table.Name} is left out: Builder gave it up with this merge");
            }
            else
            {
                problems.Add(MergeProblem.Of(MergeFaults.ColumnExtra(name, extra.Name, [database])));
            }
        }

        foreach (var rebuilt in table.Columns.Where(column => column.Expression is not null))
        {
            notes.Add($"column {rebuilt.Name} of table {table.Name} is made anew: {rebuilt.Expression}");
        }

        return problems.Count == before;
    }
}
