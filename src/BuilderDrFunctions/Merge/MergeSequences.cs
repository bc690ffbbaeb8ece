using System.Globalization;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>Sets sequences of the merged schema behind everything that was ever drawn from their like.</summary>
internal static class MergeSequences
{
    private const string OwnedSql = """
        SELECT s.relname::text, c.relname::text, a.attname::text
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
        JOIN pg_catalog.pg_class c ON c.oid = d.refobjid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i') AND n.nspname = 'public'
        """;

    /// <summary>Advances them, in the connection's transaction: <c>RESTART</c> is undone with it, which <c>setval</c> is not.</summary>
    /// <param name="connection">The merge's.</param>
    /// <param name="positions">What each sequence gives next, in whatever schema; those of one name belong together.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    /// <returns>Every sequence of the merged schema.</returns>
    public static async Task<IReadOnlyList<MergedSequence>> AdvanceAsync(
        NpgsqlConnection connection, IReadOnlyDictionary<SqlName, long> positions, CancellationToken cancellationToken)
    {
        var highest = positions.GroupBy(entry => entry.Key.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Max(entry => entry.Value), StringComparer.Ordinal);
        foreach (var (sequence, next) in await NextOfColumnsAsync(connection, cancellationToken))
        {
            highest[sequence] = Math.Max(next, highest.GetValueOrDefault(sequence));
        }

        var advanced = new List<MergedSequence>();
        foreach (var (name, position) in positions.Where(entry => entry.Key.Schema is ShardedDatabase.MergedSchema).OrderBy(entry => entry.Key, SqlName.Order))
        {
            var target = highest[name.Name];
            if (target > position)
            {
                await using var command = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"ALTER SEQUENCE {name} RESTART WITH {target}"), connection);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            advanced.Add(new MergedSequence(name.Name, target));
        }

        return advanced;
    }

    // a serial column's own sequence must be behind its largest value, even if the shards' sequences were lost
    private static async Task<IReadOnlyDictionary<string, long>> NextOfColumnsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var owned = new List<(string Sequence, string Table, string Column)>();
        await using (var command = new NpgsqlCommand(OwnedSql, connection))
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                owned.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
            }
        }

        var next = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (sequence, table, column) in owned)
        {
            var sql = $"SELECT coalesce(pg_catalog.max({SqlName.Quote(column)}), 0)::bigint + 1 FROM {new SqlName(ShardedDatabase.MergedSchema, table)}";
            await using var command = new NpgsqlCommand(sql, connection);
            next[sequence] = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        }

        return next;
    }
}
