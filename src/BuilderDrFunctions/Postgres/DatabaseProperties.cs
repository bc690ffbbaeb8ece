using System.Data;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>
/// What belongs to a database and not to what is in it: its settings, its connection limit and who may connect. pg_dump leaves all of it out
/// without <c>--create</c>, so that a restored database would serve without it.
/// </summary>
internal static class DatabaseProperties
{
    // A limit of -1 is none, and -2 marks what an interrupted DROP DATABASE left; 0 keeps everyone out of the former database, and would keep Builder out of the restored one.
    // pg_db_role_setting keeps a value as SET shows it, lists included: set_config takes it as it is, where a literal would have to know which settings are lists.
    private const string Statements =
        """
        WITH source AS (SELECT oid, datdba, datconnlimit, datacl FROM pg_catalog.pg_database WHERE datname = $1),
        settings AS (
            SELECT role.setrole, split_part(entry, '=', 1) AS name, substr(entry, strpos(entry, '=') + 1) AS value
            FROM source JOIN pg_catalog.pg_db_role_setting AS role ON role.setdatabase = source.oid, unnest(role.setconfig) AS entry
        )
        SELECT 1 AS place, 'connection limit' AS what, format('ALTER DATABASE %I CONNECTION LIMIT %s', $2, datconnlimit) AS statement, NULL AS name, NULL AS value
        FROM source WHERE datconnlimit > 0
        UNION ALL
        SELECT 2, 'rights of all roles', format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $2), NULL, NULL FROM source WHERE datacl IS NOT NULL
        UNION ALL
        SELECT 3, format('right %s of %s', acl.privilege_type, grantee.name),
            format('GRANT %s ON DATABASE %I TO %s%s', acl.privilege_type, $2, grantee.name, CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), NULL, NULL
        FROM source, aclexplode(datacl) AS acl,
            LATERAL (SELECT CASE WHEN acl.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS name) AS grantee
        WHERE acl.grantee <> datdba
        UNION ALL
        SELECT 4, format('setting %s', name), format(
            'ALTER %s SET %I FROM CURRENT', CASE WHEN setrole = 0 THEN format('DATABASE %I', $2) ELSE format('ROLE %I IN DATABASE %I', pg_get_userbyid(setrole), $2) END, name),
            name, value
        FROM settings
        ORDER BY place, what
        """;

    private const string ReadOnly = "default_transaction_read_only";

    /// <summary>Gives one database what another one has of these; done already is success. What this role may not do comes back as sentences.</summary>
    /// <param name="connection">To a third database.</param>
    /// <param name="from">Whose; one that is not there has none.</param>
    /// <param name="to">Which gets them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyList<string>> CopyAsync(NpgsqlConnection connection, string from, string to, CancellationToken cancellationToken)
    {
        var refused = new List<string>();
        foreach (var property in await ReadAsync(connection, from, to, cancellationToken))
        {
            if (property.Setting is { Name: ReadOnly })
            {
                // A fence around the former database; around the restored one it would let Builder serve, and keep every upload and sign-in out.
                refused.Add($"the {property.What} of database '{from}' was not carried over to the restored one: Builder could not write there");
                continue;
            }

            try
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                if (property.Setting is { } setting)
                {
                    await using var set = new NpgsqlCommand("SELECT set_config($1, $2, true)", connection, transaction);
                    set.Parameters.Add(new NpgsqlParameter<string> { TypedValue = setting.Name });
                    set.Parameters.Add(new NpgsqlParameter<string> { TypedValue = setting.Value });
                    await set.ExecuteNonQueryAsync(cancellationToken);
                }

                await using var alter = new NpgsqlCommand(property.Statement, connection, transaction);
                await alter.ExecuteNonQueryAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
            catch (PostgresException exception) when (connection.State == ConnectionState.Open)
            {
                // Without the server's own words, which may repeat the value.
                refused.Add($"the {property.What} of database '{from}' was not carried over to the restored one ({exception.SqlState}): set it there as a superuser, as the former one has it");
            }
        }

        return refused;
    }

    private static async Task<IReadOnlyList<Property>> ReadAsync(NpgsqlConnection connection, string from, string to, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Statements, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = to });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var properties = new List<Property>();
        while (await rows.ReadAsync(cancellationToken))
        {
            properties.Add(new Property(rows.GetString(1), rows.GetString(2), await rows.IsDBNullAsync(3, cancellationToken) ? null : (rows.GetString(3), rows.GetString(4))));
        }

        return properties;
    }

    private sealed record Property(string What, string Statement, (string Name, string Value)? Setting);
}
