using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using CsCheck;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

public sealed class FingerprintTests(Servers servers)
{
    private static readonly string[] Algorithms = [FingerprintAlgorithm.Hash, FingerprintAlgorithm.Md5];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_database_comes_back_from_its_dump_with_the_same_fingerprint() => await RandomDatabase.Any.SampleAsync(
        async random =>
        {
            await using var database = await servers.NewDatabaseAsync();
            await database.Cluster.ExecuteAsync(database.Name, random.Script(), Cancellation);
            await using var target = await servers.NewDatabaseAsync();
            var server = database.Cluster.Server();
            using var stored = new MemoryStream();
            var facts = await server.DumpAsync(new DumpRequest(database.Name), stored, progress: null, Cancellation);
            stored.Position = 0;
            var restored = await server.RestoreAndFingerprintAsync(
                new RestoreRequest(target.Name, DumpCompression.Zstd, OwnerRole: null), stored, new RestoreStaging(Path.GetTempPath(), Workers: 3),
                facts.Fingerprint.Algorithm, progress: null, Cancellation);
            Assert.Empty(FingerprintComparison.Compare(facts.Fingerprint, restored.Fingerprint));
            foreach (var algorithm in Algorithms)
            {
                var before = await server.FingerprintAsync(database.Name, algorithm, Cancellation);
                var after = await server.FingerprintAsync(target.Name, algorithm, Cancellation);
                Assert.Empty(FingerprintComparison.Compare(before, after));
                Assert.Equal(before.Digest, after.Digest);
                if (string.Equals(algorithm, facts.Fingerprint.Algorithm, StringComparison.Ordinal))
                {
                    Assert.Equal(facts.Fingerprint.Digest, after.Digest);
                }
            }
        },
        iter: 6,
        threads: 1);

    [Fact]
    public async Task Any_change_of_a_single_row_changes_it()
    {
        var changes = 0;
        await RandomDatabase.Any.SampleAsync(
            async random =>
            {
                await using var database = await servers.NewDatabaseAsync();
                await database.Cluster.ExecuteAsync(database.Name, random.Script(), Cancellation);
                await using var source = database.Cluster.Server().Connect(database.Name);
                await using var connection = await source.OpenConnectionAsync(Cancellation);
                var shapes = (await TableCatalog.ReadAsync(connection, Cancellation)).ToDictionary(shape => shape.Name, shape => shape.Columns);
                foreach (var table in random.Tables)
                {
                    foreach (var algorithm in Algorithms)
                    {
                        var digest = new RowDigest(algorithm, shapes[table.Name]);
                        var before = await digest.ReadAsync(connection, [table.Name], Cancellation);
                        Assert.Equal(table.Rows.Count, before.Rows);
                        foreach (var change in Changes(table))
                        {
                            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
                            if (await ExecuteAsync(connection, change) > 0)
                            {
                                changes++;
                                var after = await digest.ReadAsync(connection, [table.Name], Cancellation);
                                Assert.True(before.First != after.First && before.Second != after.Second, $"{algorithm} does not see: {change[..Math.Min(change.Length, 300)]}");
                            }
                        }
                    }
                }
            },
            iter: 8,
            threads: 1);
        Assert.True(changes > 20, $"only {changes} changes were made");
    }

    [Fact]
    public async Task Values_swapped_between_rows_or_columns_change_it_and_their_order_does_not()
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(
            database.Name,
            """
            CREATE TABLE plain (a text, b text, n bigint); INSERT INTO plain VALUES ('x', 'y', 1), ('z', NULL, 2), ('', 'q', NULL);
            CREATE TABLE turned (n bigint, gone integer, b varchar, a text); ALTER TABLE turned DROP COLUMN gone; INSERT INTO turned (a, b, n) SELECT * FROM plain ORDER BY a;
            CREATE TABLE rowswap AS TABLE plain; UPDATE rowswap SET a = CASE n WHEN 1 THEN 'z' WHEN 2 THEN 'x' ELSE a END;
            CREATE TABLE colswap AS TABLE plain; UPDATE colswap SET a = b, b = a WHERE n = 1;
            CREATE TABLE nullmove AS TABLE plain; UPDATE nullmove SET b = '' WHERE n = 2;
            CREATE TABLE half AS SELECT * FROM plain WHERE n = 1; CREATE TABLE rest AS SELECT * FROM plain WHERE n IS DISTINCT FROM 1;
            CREATE TABLE child () INHERITS (plain); INSERT INTO child VALUES ('not', 'mine', 0);
            """,
            Cancellation);
        await using var source = database.Cluster.Server().Connect(database.Name);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        var shapes = (await TableCatalog.ReadAsync(connection, Cancellation)).ToDictionary(shape => shape.Name.Name, StringComparer.Ordinal);
        foreach (var algorithm in Algorithms)
        {
            async Task<TableDigest> DigestAsync(params string[] tables) =>
                await new RowDigest(algorithm, shapes[tables[0]].Columns).ReadAsync(connection, tables.Select(table => new SqlName("public", table)), Cancellation);
            var plain = await DigestAsync("plain");
            Assert.Equal(3, plain.Rows);
            Assert.Equal(plain, await DigestAsync("turned"));
            Assert.Equal(plain, await DigestAsync("half", "rest"));
            Assert.NotEqual(plain, await DigestAsync("rowswap"));
            Assert.NotEqual(plain, await DigestAsync("colswap"));
            Assert.NotEqual(plain, await DigestAsync("nullmove"));
        }
    }

    [Fact]
    public async Task A_server_without_MD5_says_so_and_has_the_other_fingerprint_all_the_same()
    {
        // FIPS mode, but for its random numbers: no FIPS provider is installed here. SCRAM would need SHA-256.
        using var folder = new TemporaryFolder("fips", (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(
            folder["openssl.cnf"],
            "openssl_conf = init\n[init]\nrandom = random\nalg_section = algorithms\n[random]\nproperties = -fips\nseed_properties = -fips\n[algorithms]\ndefault_properties = fips=yes\n",
            Cancellation);
        var fips = new PostgresClusterOptions
        {
            Authentication = "trust",
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["OPENSSL_CONF"] = folder["openssl.cnf"] },
        };
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(fips, token));
        await cluster.ExecuteAsync("postgres", "CREATE TABLE t AS SELECT 1 AS one", Cancellation);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => cluster.Server().FingerprintAsync("postgres", FingerprintAlgorithm.Md5, Cancellation));

        Assert.Equal("DR3033", fault.Code);
        Assert.Contains("FIPS", fault.Hint, StringComparison.Ordinal);
        Assert.Single((await cluster.Server().FingerprintAsync("postgres", FingerprintAlgorithm.Hash, Cancellation)).Tables);
    }

    [Fact]
    public async Task A_table_read_in_parts_has_the_digest_of_the_whole()
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(
            database.Name, "CREATE TABLE large AS SELECT i, repeat('x', 900) AS text FROM generate_series(1, 40000) i; DELETE FROM large WHERE i BETWEEN 5000 AND 15000; CREATE TABLE small AS TABLE large LIMIT 5", Cancellation);
        var fingerprint = await database.Cluster.Server().FingerprintAsync(database.Name, algorithm: null, Cancellation);
        await using var source = database.Cluster.Server().Connect(database.Name);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        var shapes = await TableCatalog.ReadAsync(connection, Cancellation);
        Assert.Equal(5, TablePart.Divide(shapes, 4, 150000).Count);
        Assert.Equal(2, TablePart.Divide(shapes, 4, 130000).Count);
        foreach (var shape in shapes)
        {
            var whole = await new RowDigest(fingerprint.Algorithm, shape.Columns).ReadAsync(connection, [shape.Name], Cancellation);
            Assert.Contains(new TableFingerprint(shape.Name.Schema, shape.Name.Name, whole.Rows, whole.ToString()), fingerprint.Tables);
        }
    }

    [Fact]
    public async Task Settings_of_role_and_database_do_not_change_it()
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(
            database.Name, "CREATE TABLE t AS SELECT now() AS at, 0.1::float8 AS f, '\\x00ff'::bytea AS b, '1 mon 2 days'::interval AS i, ARRAY[0.1::float8] AS fs; CREATE VIEW v AS SELECT f FROM t", Cancellation);
        var server = database.Cluster.Server();
        foreach (var algorithm in Algorithms)
        {
            var before = await server.FingerprintAsync(database.Name, algorithm, Cancellation);
            foreach (var setting in new[] { "timezone = 'Asia/Tokyo'", "datestyle = 'German'", "bytea_output = 'escape'", "extra_float_digits = -3", "intervalstyle = 'iso_8601'", "search_path = 'public'" })
            {
                await database.Cluster.ExecuteAsync("postgres", $"ALTER DATABASE {database.Name} SET {setting}", Cancellation);
            }

            Assert.Equal(before.Digest, (await server.FingerprintAsync(database.Name, algorithm, Cancellation)).Digest);
        }
    }

    [Theory]
    [InlineData("DROP INDEX i", "there are 0 indexes instead of 1")]
    [InlineData("DROP VIEW v", "there are 0 views instead of 1")]
    [InlineData("ALTER TABLE t DROP CONSTRAINT positive", "there are 0 constraints instead of 1")]
    [InlineData("ALTER TABLE t ALTER COLUMN n SET DEFAULT 5", "the definitions of the 2 columns differ")]
    [InlineData("ALTER TYPE mood ADD VALUE 'new'", "the definitions of the 1 types differ")]
    [InlineData("CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 2'", "the definitions of the 1 functions differ")]
    [InlineData("SELECT nextval('s')", "sequence public.s stands at 2 instead of 1")]
    [InlineData("ALTER TABLE t RENAME TO u", "table public.t is missing")]
    [InlineData("SELECT lo_put(4711, 0, 'other')", "the definitions of the 1 large objects differ")]
    public async Task Whatever_else_is_lost_or_altered_is_named(string change, string difference)
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(
            database.Name,
            """
            CREATE TYPE mood AS ENUM ('ok'); CREATE SEQUENCE s; CREATE TABLE t (n integer CONSTRAINT positive CHECK (n > 0), m mood); CREATE INDEX i ON t (n);
            CREATE VIEW v AS SELECT 1 AS one; CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; SELECT lo_from_bytea(4711, 'object');
            """,
            Cancellation);
        var server = database.Cluster.Server();
        var before = await server.FingerprintAsync(database.Name, algorithm: null, Cancellation);
        await database.Cluster.ExecuteAsync(database.Name, change, Cancellation);
        var after = await server.FingerprintAsync(database.Name, algorithm: null, Cancellation);
        Assert.Contains(difference, FingerprintComparison.Compare(before, after), StringComparer.Ordinal);
        Assert.NotEqual(before.Digest, after.Digest, StringComparer.Ordinal);
    }

    [Fact]
    public async Task An_unknown_algorithm_is_refused_and_a_cancelled_one_ends()
    {
        await using var database = await servers.NewDatabaseAsync();
        var server = database.Cluster.Server();
        Assert.Equal("DR3020", (await Assert.ThrowsAsync<PermanentFaultException>(() => server.FingerprintAsync(database.Name, "rowsum-of-tomorrow", Cancellation))).Code);
        await database.Cluster.ExecuteAsync(database.Name, "CREATE TABLE slow AS SELECT repeat('x', 2000) || i AS t FROM generate_series(1, 400000) i", Cancellation);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        cancel.CancelAfter(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.FingerprintAsync(database.Name, FingerprintAlgorithm.Md5, cancel.Token));
    }

    private static IEnumerable<string> Changes(RandomTable table)
    {
        if (table.Rows.Count == 0)
        {
            yield break;
        }

        var row = $"ctid = (SELECT max(ctid) FROM {table.Name})";
        yield return $"DELETE FROM {table.Name} WHERE {row}";
        var names = string.Join(", ", table.Columns.Select(column => SqlName.Quote(column.Name)).Append("serial"));
        yield return $"INSERT INTO {table.Name} ({names}) SELECT {names} FROM {table.Name} WHERE {row}";
        foreach (var column in table.Columns)
        {
            var name = SqlName.Quote(column.Name);
            foreach (var value in column.Value.Array[4].Single().Append("NULL"))
            {
                yield return $"UPDATE {table.Name} SET {name} = {value} WHERE {row} AND {name}::text IS DISTINCT FROM ({value})::{column.Type}::text";
            }
        }
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        // the seam's own connections see no schema but pg_catalog
        await using var path = new NpgsqlCommand("SET LOCAL search_path = public", connection);
        await path.ExecuteNonQueryAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(Cancellation);
    }
}
