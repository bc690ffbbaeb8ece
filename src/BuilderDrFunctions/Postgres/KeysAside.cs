using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>
/// Takes keys and indexes off tables for a bulk load and puts the very same back, within one transaction: sorting once is cheaper than keeping an
/// index up to date, and a foreign key is checked by one join instead of a lookup per row, which turns quadratic where statistics are stale.
/// </summary>
/// <remarks>What something else depends on, or what carries more than its definition says (a comment, storage parameters), is left in place.</remarks>
internal sealed class KeysAside
{
    private const string ForeignSql = """
        SELECT n.nspname::text, c.relname::text, f.conname::text, pg_catalog.pg_get_constraintdef(f.oid)
        FROM pg_catalog.pg_constraint f JOIN pg_catalog.pg_class c ON c.oid = f.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE f.contype = 'f' AND n.nspname = $1 AND c.relname = ANY ($2)
          AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_description d WHERE d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid = f.oid)
        ORDER BY 1, 2, 3
        """;

    private const string IndexSql = """
        SELECT n.nspname::text, c.relname::text, x.relname::text, k.conname::text, pg_catalog.pg_get_constraintdef(k.oid), pg_catalog.pg_get_indexdef(x.oid)
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
        JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = x.oid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = c.oid
        WHERE n.nspname = $1 AND c.relname = ANY ($2) AND i.indisvalid AND NOT i.indisreplident AND NOT i.indisclustered
          AND x.reloptions IS NULL AND x.reltablespace = 0
          AND NOT EXISTS (
            SELECT 1 FROM pg_catalog.pg_depend d
            WHERE (d.refclassid = 'pg_catalog.pg_constraint'::regclass AND d.refobjid = k.oid OR d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = x.oid)
              AND d.deptype = 'n'
              AND NOT (d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid IN (
                SELECT f.oid FROM pg_catalog.pg_constraint f JOIN pg_catalog.pg_class h ON h.oid = f.conrelid JOIN pg_catalog.pg_namespace hn ON hn.oid = h.relnamespace
                WHERE f.contype = 'f' AND hn.nspname = $1 AND h.relname = ANY ($2))))
          AND NOT EXISTS (
            SELECT 1 FROM pg_catalog.pg_description d
            WHERE d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid = k.oid OR d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = x.oid)
        ORDER BY 1, 2, i.indisprimary DESC, 3
        """;

    private readonly List<string> _drops = [];
    private readonly List<string> _indexes = [];
    private readonly List<string> _foreign = [];

    private KeysAside()
    {
    }

    /// <summary>Indexes and constraints that are made anew.</summary>
    public int Count => _drops.Count;

    /// <summary>Notes how keys and indexes are made, and drops them.</summary>
    public static async Task<KeysAside> TakeAsync(NpgsqlConnection connection, string schema, IReadOnlyCollection<string> tables, CancellationToken cancellationToken)
    {
        var aside = new KeysAside();
        await foreach (var row in ReadAsync(connection, ForeignSql, schema, tables, cancellationToken))
        {
            var table = new SqlName((string)row[0]!, (string)row[1]!);
            aside._drops.Add($"ALTER TABLE {table} DROP CONSTRAINT {SqlName.Quote((string)row[2]!)}");
            aside._foreign.Add($"ALTER TABLE {table} ADD CONSTRAINT {SqlName.Quote((string)row[2]!)} {row[3]}");
        }

        await foreach (var row in ReadAsync(connection, IndexSql, schema, tables, cancellationToken))
        {
            var table = new SqlName((string)row[0]!, (string)row[1]!);
            aside._drops.Add(row[3] is string constraint
                ? $"ALTER TABLE {table} DROP CONSTRAINT {SqlName.Quote(constraint)}"
                : $"DROP INDEX {new SqlName(table.Schema, (string)row[2]!)}");
            aside._indexes.Add(row[3] is string name ? $"ALTER TABLE {table} ADD CONSTRAINT {SqlName.Quote(name)} {row[4]}" : (string)row[5]!);
        }

        await RunAsync(connection, aside._drops, cancellationToken);
        return aside;
    }

    /// <summary>Makes indexes and keys again, all but the foreign ones.</summary>
    public Task PutIndexesBackAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => RunAsync(connection, _indexes, cancellationToken);

    /// <summary>Makes the foreign keys again, which checks every row. Statistics should be fresh by now.</summary>
    public Task PutForeignKeysBackAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => RunAsync(connection, _foreign, cancellationToken);

    private static async Task RunAsync(NpgsqlConnection connection, List<string> statements, CancellationToken cancellationToken)
    {
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async IAsyncEnumerable<object?[]> ReadAsync(
        NpgsqlConnection connection, string sql, string schema, IReadOnlyCollection<string> tables,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = schema }, new NpgsqlParameter<string[]> { TypedValue = [.. tables] } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = new object?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = await reader.IsDBNullAsync(i, cancellationToken) ? null : reader.GetString(i);
            }

            yield return row;
        }
    }
}
