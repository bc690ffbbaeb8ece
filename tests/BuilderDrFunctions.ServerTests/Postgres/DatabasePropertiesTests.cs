using BuilderDrFunctions.Postgres;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

/// <summary>What a restored database is given of the one whose place it takes.</summary>
public sealed class DatabasePropertiesTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Settings_limit_and_rights_are_carried_over_and_once_more_change_nothing()
    {
        await using var former = await servers.NewDatabaseAsync();
        await using var restored = await servers.NewDatabaseAsync();
        var reader = Servers.NewName("reader");
        await former.Cluster.ExecuteAsync(
            "postgres",
            $"""
            CREATE ROLE "{reader}" LOGIN;
            ALTER DATABASE "{former.Name}" SET search_path TO "Odd, name", public;
            ALTER DATABASE "{former.Name}" SET statement_timeout TO '5min';
            ALTER DATABASE "{former.Name}" SET builder.note TO 'it''s = "odd"';
            ALTER ROLE "{reader}" IN DATABASE "{former.Name}" SET work_mem TO '7MB';
            ALTER DATABASE "{former.Name}" CONNECTION LIMIT 42;
            REVOKE ALL ON DATABASE "{former.Name}" FROM PUBLIC;
            GRANT CONNECT ON DATABASE "{former.Name}" TO "{reader}" WITH GRANT OPTION;
            GRANT TEMPORARY ON DATABASE "{former.Name}" TO PUBLIC
            """,
            Cancellation);
        try
        {
            var server = former.Cluster.Server();
            Assert.NotEqual(await PropertiesAsync(former), await PropertiesAsync(restored), StringComparer.Ordinal);

            Assert.Empty(await server.CopyPropertiesAsync(former.Name, restored.Name, Cancellation));
            Assert.Empty(await server.CopyPropertiesAsync(former.Name, restored.Name, Cancellation));

            Assert.Equal(await PropertiesAsync(former), await PropertiesAsync(restored), StringComparer.Ordinal);
            Assert.Contains("42", await PropertiesAsync(restored), StringComparison.Ordinal);
            await using var connection = await restored.Cluster.OpenAsync(restored.Name, Cancellation);
            await using var shown = new NpgsqlCommand("SELECT current_setting('search_path') || '|' || current_setting('builder.note')", connection);
            Assert.Equal("\"Odd, name\", public|it's = \"odd\"", await shown.ExecuteScalarAsync(Cancellation));
        }
        finally
        {
            await former.Cluster.ExecuteAsync("postgres", $"""REVOKE ALL ON DATABASE "{former.Name}", "{restored.Name}" FROM "{reader}"; DROP ROLE "{reader}" """, Cancellation);
        }
    }

    [Fact]
    public async Task A_limit_that_keeps_everyone_out_of_the_former_one_is_not_carried_over()
    {
        await using var former = await servers.NewDatabaseAsync();
        await using var restored = await servers.NewDatabaseAsync();
        await former.Cluster.ExecuteAsync("postgres", $"ALTER DATABASE \"{former.Name}\" CONNECTION LIMIT 0", Cancellation);
        var before = await PropertiesAsync(restored);

        Assert.Empty(await former.Cluster.Server().CopyPropertiesAsync(former.Name, restored.Name, Cancellation));

        Assert.Equal(before, await PropertiesAsync(restored), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_fence_that_makes_read_only_is_not_carried_over_and_is_told()
    {
        await using var former = await servers.NewDatabaseAsync();
        await using var restored = await servers.NewDatabaseAsync();
        await former.Cluster.ExecuteAsync(
            "postgres",
            $"ALTER DATABASE \"{former.Name}\" SET default_transaction_read_only = on; ALTER ROLE CURRENT_USER IN DATABASE \"{former.Name}\" SET default_transaction_read_only = on",
            Cancellation);

        var told = await former.Cluster.Server().CopyPropertiesAsync(former.Name, restored.Name, Cancellation);

        Assert.Equal(2, told.Count);
        Assert.All(told, sentence => Assert.Contains("default_transaction_read_only", sentence, StringComparison.Ordinal));
        await restored.Cluster.ExecuteAsync(restored.Name, "CREATE TABLE upload ()", Cancellation);
    }

    [Fact]
    public async Task A_database_that_is_as_created_or_not_there_gives_nothing()
    {
        await using var former = await servers.NewDatabaseAsync();
        await using var restored = await servers.NewDatabaseAsync();
        var before = await PropertiesAsync(restored);

        Assert.Empty(await former.Cluster.Server().CopyPropertiesAsync(former.Name, restored.Name, Cancellation));
        Assert.Empty(await former.Cluster.Server().CopyPropertiesAsync("not there", restored.Name, Cancellation));

        Assert.Equal(before, await PropertiesAsync(restored), StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_the_role_may_not_do_is_named_and_the_rest_is_done()
    {
        await using var former = await servers.NewDatabaseAsync();
        await using var restored = await servers.NewDatabaseAsync();
        var owner = Servers.NewName("owner");
        await former.Cluster.ExecuteAsync(
            "postgres",
            $"""
            CREATE ROLE "{owner}" LOGIN PASSWORD 'x';
            ALTER DATABASE "{restored.Name}" OWNER TO "{owner}";
            ALTER DATABASE "{former.Name}" SET log_min_duration_statement TO '1s';
            ALTER DATABASE "{former.Name}" SET lock_timeout TO '9s'
            """,
            Cancellation);
        var limited = new PostgresServer(
            new PostgresEndpoint { Host = former.Cluster.Host, Port = former.Cluster.Port, Username = owner, Password = "x", Tools = former.Cluster.ToolsFolder }, host: null);

        var refused = Assert.Single(await limited.CopyPropertiesAsync(former.Name, restored.Name, Cancellation));

        Assert.StartsWith($"the setting log_min_duration_statement of database '{former.Name}' was not carried over to the restored one (42501): set it there as a superuser", refused, StringComparison.Ordinal);
        Assert.Contains("lock_timeout=9s", await PropertiesAsync(restored), StringComparison.Ordinal);
    }

    private static async Task<string> PropertiesAsync(TestDatabase database)
    {
        await using var connection = await database.Cluster.OpenAsync("postgres", Cancellation);
        await using var command = new NpgsqlCommand(
            """
            SELECT datconnlimit || ' ' || coalesce((SELECT string_agg(acl::text, ',' ORDER BY acl::text) FROM unnest(datacl) AS acl), '') || ' ' || coalesce((
                SELECT string_agg(setrole::regrole || ':' || entry, ',' ORDER BY setrole, entry) FROM pg_db_role_setting, unnest(setconfig) AS entry WHERE setdatabase = pg_database.oid), '')
            FROM pg_database WHERE datname = $1
            """,
            connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = database.Name } },
        };
        return (string)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
