using System.Globalization;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Reads a server's facts and databases.</summary>
internal static class ServerReader
{
    private const string FactsSql = """
        SELECT current_setting('server_version')::text, current_setting('server_version_num')::int, current_setting('max_locks_per_transaction')::int,
            current_setting('max_connections')::int, r.rolname::text, r.rolsuper, r.rolcreatedb OR r.rolsuper, pg_catalog.pg_is_in_recovery()
        FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
        """;

    private static readonly string ContentSql = $"""
        SELECT (SELECT count(*)::int FROM pg_catalog.pg_namespace n WHERE {TableCatalog.OwnSchemas}),
            (SELECT count(*)::int FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND {TableCatalog.OwnSchemas} AND {TableCatalog.NotOfExtension("pg_class", "c.oid")})
        """;

    // Autovacuum works for no role and gives way to a rename or a drop by itself; up to 9.6 it shows the first superuser's name, and its statement tells.
    // Not every role sees the columns that say more of others.
    private const string SessionsSql = """
        SELECT pid, coalesce(usename::text, ''), coalesce(application_name, ''), coalesce(pg_catalog.host(client_addr), 'local'), coalesce(state, '')
        FROM pg_catalog.pg_stat_activity
        WHERE datname = $1 AND pid <> pg_catalog.pg_backend_pid() AND usesysid IS NOT NULL AND coalesce(query, '') NOT LIKE 'autovacuum: %' ORDER BY pid
        """;

    public static async Task<ServerFacts> ReadFactsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FactsSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new ServerFacts(
            reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetString(4), reader.GetBoolean(5), reader.GetBoolean(6), reader.GetBoolean(7));
    }

    /// <summary>Names of the databases that allow connections, in ordinal order.</summary>
    public static Task<IReadOnlyList<string>> ReadNamesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadNamesAsync(connection, "SELECT datname::text FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate", cancellationToken);

    /// <summary>Names of all databases, closed ones too, in ordinal order.</summary>
    public static Task<IReadOnlyList<string>> ReadAllNamesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadNamesAsync(connection, "SELECT datname::text FROM pg_catalog.pg_database WHERE NOT datistemplate", cancellationToken);

    private static async Task<IReadOnlyList<string>> ReadNamesAsync(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await using var command = new NpgsqlCommand(query, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            names.Add(reader.GetString(0));
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>The facts of the database that <paramref name="connection"/> is on.</summary>
    public static async Task<DatabaseFacts> ReadDatabaseAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string ownSql = """
            SELECT d.datname::text, r.rolname::text, pg_catalog.pg_database_size(d.oid)
            FROM pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_roles r ON r.oid = d.datdba WHERE d.datname = current_database()
            """;
        string name;
        string owner;
        long bytes;
        await using (var command = new NpgsqlCommand(ownSql, connection))
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            (name, owner, bytes) = (reader.GetString(0), await reader.IsDBNullAsync(1, cancellationToken) ? "" : reader.GetString(1), reader.GetInt64(2));
        }

        await using var content = new NpgsqlCommand(ContentSql, connection);
        await using var counts = await content.ExecuteReaderAsync(cancellationToken);
        await counts.ReadAsync(cancellationToken);
        return new DatabaseFacts(name, owner, bytes, counts.GetInt32(0), counts.GetInt32(1));
    }

    /// <summary>A database's locale; null when there is none of that name.</summary>
    public static async Task<DatabaseLocale?> ReadLocaleAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        // The columns have changed their names with 15, 16 and 17.
        const string sql = """
            SELECT CASE facts ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END, facts ->> 'datcollate', facts ->> 'datctype',
                coalesce(facts ->> 'datlocale', facts ->> 'daticulocale'), facts ->> 'daticurules'
            FROM (SELECT pg_catalog.to_jsonb(d) AS facts FROM pg_catalog.pg_database d WHERE d.datname = $1) AS found
            """;
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = database } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new DatabaseLocale(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetValue(3) as string, reader.GetValue(4) as string)
            : null;
    }

    /// <summary>The role that owns a database, asked from another one, also where it lets nobody in; null when there is no such database.</summary>
    public static async Task<string?> ReadOwnerAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT pg_catalog.pg_get_userbyid(datdba)::text FROM pg_catalog.pg_database WHERE datname = $1", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = database } },
        };
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Whether a DROP of the database was interrupted; asked from another one. A server before 15.4, 14.9, 13.12 or 12.16 leaves no such mark.</summary>
    public static async Task<bool> ReadIsHalfDroppedAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT datconnlimit = -2 FROM pg_catalog.pg_database WHERE datname = $1", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = database } },
        };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>The roles that the tables of the database <paramref name="connection"/> is on belong to, who has most of them first, and the database's own owner.</summary>
    public static async Task<IReadOnlyList<string>> ReadOwnersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT pg_catalog.pg_get_userbyid(owner)::text
            FROM (SELECT c.relowner AS owner, 1 AS tables FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't' AND {TableCatalog.OwnSchemas}
                    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
                  UNION ALL SELECT datdba, 0 FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AS owned
            GROUP BY owner ORDER BY sum(tables) DESC, owner
            """;
        var owners = new List<string>();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            owners.Add(reader.GetString(0));
        }

        return owners;
    }

    /// <summary>Whether the connected role may act as another one; null when there is none of that name.</summary>
    public static async Task<bool?> ReadMayActAsAsync(NpgsqlConnection connection, string role, CancellationToken cancellationToken)
    {
        // From 16 on a member may be kept from SET ROLE.
        const string sql = """
            SELECT pg_catalog.pg_has_role(oid, CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
            FROM pg_catalog.pg_roles WHERE rolname = $1
            """;
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = role } } };
        return (bool?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>The sessions on a database, without the asking one.</summary>
    public static async Task<IReadOnlyList<ConnectionFacts>> ReadConnectionsAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        var sessions = new List<ConnectionFacts>();
        await using var command = new NpgsqlCommand(SessionsSql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = database } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            sessions.Add(new ConnectionFacts(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4)));
        }

        return sessions;
    }

    /// <summary>In words, for a message: who holds a database.</summary>
    public static string Describe(IReadOnlyList<ConnectionFacts> sessions) => string.Join(", ", sessions.Take(5).Select(session =>
        string.Create(CultureInfo.InvariantCulture, $"process {session.Pid} of {session.Username} from {session.Client}{(session.Application.Length == 0 ? "" : $" ({session.Application})")}")));
}
