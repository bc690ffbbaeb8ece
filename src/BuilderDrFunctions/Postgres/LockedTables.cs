using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Locks tables, and finds out which session keeps them from being locked.</summary>
internal static class LockedTables
{
    private const int Named = 3;
    private const int LockedPerStatement = 200;

    private static readonly string[] KeepReadersOut = ["AccessExclusiveLock"];

    private static readonly string[] OfWriters = ["RowExclusiveLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"];

    private static readonly string[] Any = ["AccessShareLock", "RowShareLock", "ShareUpdateExclusiveLock", "ShareLock", .. OfWriters];

    private const string Sql = """
        SELECT DISTINCT n.nspname::text, c.relname::text, l.pid
        FROM pg_catalog.pg_locks l
        JOIN pg_catalog.pg_class c ON c.oid = l.relation
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE l.mode = ANY ($1) AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        """;

    /// <summary>Locks tables in the connection's transaction, in an order of its own, so that two that do so never wait for each other in a circle.</summary>
    public static async Task LockAsync(NpgsqlConnection connection, string database, IEnumerable<SqlName> tables, TableLock mode, CancellationToken cancellationToken)
    {
        var words = mode switch { TableLock.AccessShare => "ACCESS SHARE", TableLock.Share => "SHARE", _ => "ACCESS EXCLUSIVE" };
        foreach (var chunk in tables.Order(SqlName.Order).Chunk(LockedPerStatement))
        {
            try
            {
                await using var command = new NpgsqlCommand($"LOCK TABLE {string.Join(", ", chunk.Select(table => $"ONLY {table}"))} IN {words} MODE", connection);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable)
            {
                throw PostgresFaults.Locked(database, await DescribeAsync(connection, chunk, cancellationToken, mode));
            }
        }
    }

    /// <summary>The tables among <paramref name="wanted"/> that are locked now, with the session that locks them.</summary>
    /// <param name="connection">Its transaction has failed for the lock, and is ended here.</param>
    /// <param name="wanted">What was to be locked.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <param name="mode">How it was to be locked.</param>
    public static async Task<string> DescribeAsync(
        NpgsqlConnection connection, IReadOnlyCollection<SqlName> wanted, CancellationToken cancellationToken, TableLock mode = TableLock.AccessShare)
    {
        // the failed LOCK has aborted the transaction
        await using (var rollback = new NpgsqlCommand("ROLLBACK", connection))
        {
            await rollback.ExecuteNonQueryAsync(cancellationToken);
        }

        var found = new List<string>();
        var conflicting = mode switch { TableLock.AccessShare => KeepReadersOut, TableLock.Share => OfWriters, _ => Any };
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = conflicting } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var table = new SqlName(reader.GetString(0), reader.GetString(1));
            if (wanted.Contains(table))
            {
                found.Add($"table {table} (by process {reader.GetInt32(2)})");
            }
        }

        return found.Count == 0 ? "a table" : string.Join(", ", found.Order(StringComparer.Ordinal).Take(Named));
    }
}

/// <summary>How tables are locked.</summary>
internal enum TableLock
{
    /// <summary>Against changes of their shape.</summary>
    AccessShare,

    /// <summary>Against changes of their rows, too.</summary>
    Share,

    /// <summary>Against any use.</summary>
    AccessExclusive,
}
