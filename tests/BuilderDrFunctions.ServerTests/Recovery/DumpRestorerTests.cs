using System.Globalization;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Postgres;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Recovery;

public sealed class DumpRestorerTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_builder_comes_back_proved_and_an_earlier_attempt_goes_first()
    {
        await using var source = await servers.NewBuilderDatabaseAsync();
        using var set = await TestSet.OfAsync(source);
        var server = TestSet.Access(source.Cluster);
        await using var target = new TestDatabase(source.Cluster, Servers.NewName("restored"));
        await source.Cluster.CreateDatabaseAsync(target.Name, Cancellation);
        await source.Cluster.ExecuteAsync(target.Name, "CREATE TABLE half_of_an_earlier_attempt ()", Cancellation);
        await using var session = await source.Cluster.OpenAsync(target.Name, Cancellation);

        var restored = await set.Dumps.RestoreAsync(set.Manifest, set.Database, server, target.Name, owner: null, (_, _) => { }, Cancellation);

        Assert.Equal(set.Database.Rows, restored.Rows);
        Assert.Equal(set.Database.Tables, restored.Tables);
        Assert.Equal((await server.FingerprintAsync(source.Name, null, Cancellation)).Digest, (await server.FingerprintAsync(target.Name, null, Cancellation)).Digest);
        Assert.Equal("hab", (await server.FindDatabaseAsync(target.Name, Cancellation))!.Owner);
    }

    [Theory]
    [InlineData("UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{0}'")]
    [InlineData("ALTER DATABASE \"{0}\" ALLOW_CONNECTIONS false")]
    public async Task What_lets_nobody_in_is_dropped_all_the_same(string closes)
    {
        await using var left = await servers.NewDatabaseAsync();
        var server = TestSet.Access(left.Cluster);
        await left.Cluster.ExecuteAsync("postgres", string.Format(CultureInfo.InvariantCulture, closes, left.Name), Cancellation);
        Assert.Equal("hab", await server.FindOwnerAsync(left.Name, Cancellation));

        await DumpRestorer.DropAsync(server, left.Name, Cancellation);
        await DumpRestorer.DropAsync(server, left.Name, Cancellation);

        Assert.Null(await server.FindOwnerAsync(left.Name, Cancellation));
    }

    [Theory]
    [InlineData("INHERIT", 2)]
    [InlineData("NOINHERIT", 2)]
    [InlineData("INHERIT", 1)]
    public async Task Builder_reads_what_another_role_restored_for_it(string inherit, int workers)
    {
        await using var source = await servers.NewBuilderDatabaseAsync();
        using var set = await TestSet.OfAsync(source, workers);
        var (builder, program) = (Servers.NewName("builderrole"), Servers.NewName("builderdr"));
        await source.Cluster.ExecuteAsync(
            "postgres", $"CREATE ROLE {builder} LOGIN PASSWORD 'pw'; CREATE ROLE {program} LOGIN PASSWORD 'pw' CREATEDB {inherit}; GRANT {builder} TO {program}", Cancellation);
        var target = Servers.NewName("restored");
        try
        {
            var server = new PostgresServer(source.Cluster.Endpoint(username: program, password: "pw"), host: null);
            Assert.True(await server.MayActAsAsync(builder, Cancellation));
            Assert.False(await server.MayActAsAsync("hab", Cancellation));
            Assert.Null(await server.MayActAsAsync(Servers.NewName("nobody"), Cancellation));

            await set.Dumps.RestoreAsync(set.Manifest, set.Database, server, target, builder, (_, _) => { }, Cancellation);

            var asBuilder = new PostgresServer(source.Cluster.Endpoint(username: builder, password: "pw"), host: null);
            Assert.Equal([builder], await asBuilder.ListOwnersAsync(target, Cancellation));
            Assert.Equal(
                (await source.Cluster.Server().FingerprintAsync(source.Name, null, Cancellation)).Digest, (await asBuilder.FingerprintAsync(target, null, Cancellation)).Digest);
        }
        finally
        {
            await source.Cluster.DropDatabaseAsync(target, CancellationToken.None);
            await source.Cluster.ExecuteAsync("postgres", $"DROP ROLE {program}; DROP ROLE {builder}", CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_database_that_was_given_to_another_role_meanwhile_is_refused()
    {
        await using var source = await servers.NewBuilderDatabaseAsync();
        using var set = await TestSet.OfAsync(source);
        var (target, stranger) = (Servers.NewName("restored"), Servers.NewName("stranger"));
        await source.Cluster.ExecuteAsync("postgres", $"CREATE ROLE {stranger}", Cancellation);
        try
        {
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => set.Dumps.RestoreAsync(
                set.Manifest, set.Database, TestSet.Access(source.Cluster), target, owner: "hab", (_, _) => GiveAway(), Cancellation));

            Assert.Equal("DR8015", fault.Code);
            Assert.Contains($"'{target}' or something in it belongs to '{stranger}' and not to 'hab'", fault.What, StringComparison.Ordinal);
        }
        finally
        {
            await source.Cluster.DropDatabaseAsync(target, CancellationToken.None);
            await source.Cluster.ExecuteAsync("postgres", $"DROP ROLE {stranger}", CancellationToken.None);
        }

        void GiveAway()
        {
            using var connection = new NpgsqlConnection(source.Cluster.ConnectionString("postgres"));
            connection.Open();
            using var command = new NpgsqlCommand($"ALTER DATABASE {target} OWNER TO {stranger}", connection);
            command.ExecuteNonQuery();
        }
    }

    [Fact]
    public async Task An_address_behind_which_two_servers_are_is_told()
    {
        await using var source = await servers.NewBuilderDatabaseAsync();
        using var set = await TestSet.OfAsync(source);
        await using var other = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions(), token));
        using var balancer = new Balancer(source.Cluster, other);
        var (target, role) = (Servers.NewName("restored"), Servers.NewName("balanced"));
        foreach (var cluster in new[] { source.Cluster, other })
        {
            await cluster.ExecuteAsync("postgres", $"CREATE ROLE {role} LOGIN PASSWORD 'pw' CREATEDB", Cancellation);
        }

        try
        {
            var server = new PostgresServer(source.Cluster.Endpoint(username: role, password: "pw", port: balancer.Port), host: null);

            var fault = await Assert.ThrowsAsync<TransientFaultException>(() =>
                set.Dumps.RestoreAsync(set.Manifest, set.Database, server, target, owner: null, (_, _) => { }, Cancellation));

            Assert.Equal("DR8012", fault.Code);
            Assert.Contains($"'{target}' was created on {server.Description} and cannot be reached there", fault.What, StringComparison.Ordinal);
        }
        finally
        {
            await source.Cluster.DropDatabaseAsync(target, CancellationToken.None);
            await source.Cluster.ExecuteAsync("postgres", $"DROP ROLE {role}", CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("LATIN1")]
    [InlineData("SQL_ASCII")]
    public async Task A_database_in_another_encoding_comes_back_in_it(string encoding)
    {
        await using var builder = await servers.NewBuilderDatabaseAsync();
        await using var source = new TestDatabase(builder.Cluster, Servers.NewName("encoded"));
        await source.Cluster.ExecuteAsync("postgres", $"CREATE DATABASE {source.Name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'", Cancellation);
        await source.Cluster.ExecuteAsync(source.Name, "CREATE TABLE origins (name text PRIMARY KEY); INSERT INTO origins VALUES ('caf\u00e9'), ('\u00fcber')", Cancellation);
        using var set = await TestSet.OfAsync(source);
        var server = TestSet.Access(source.Cluster);
        await using var target = new TestDatabase(source.Cluster, Servers.NewName("restored"));

        var restored = await set.Dumps.RestoreAsync(set.Manifest, set.Database, server, target.Name, owner: null, (_, _) => { }, Cancellation);

        Assert.Equal(2, restored.Rows);
        var (expected, actual) = (await server.FingerprintAsync(source.Name, null, Cancellation), await server.FingerprintAsync(target.Name, null, Cancellation));
        Assert.Equal(encoding, actual.Schema.Encoding);
        Assert.Equal(expected.Digest, actual.Digest);
    }

    [Theory]
    [InlineData("LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'", "C and C.UTF-8")]
    [InlineData("LOCALE_PROVIDER icu ICU_LOCALE 'de-AT' LC_COLLATE 'C' LC_CTYPE 'C'", "de-AT of icu")]
    public async Task A_database_in_another_locale_than_its_server_comes_back_in_it(string clause, string locale)
    {
        await using var builder = await servers.NewBuilderDatabaseAsync();
        await using var source = new TestDatabase(builder.Cluster, Servers.NewName("sorted"));
        await source.Cluster.ExecuteAsync("postgres", $"CREATE DATABASE {source.Name} TEMPLATE template0 ENCODING 'UTF8' {clause}", Cancellation);
        await source.Cluster.ExecuteAsync(source.Name, "CREATE TABLE origins (name text PRIMARY KEY); INSERT INTO origins VALUES ('core')", Cancellation);
        using var set = await TestSet.OfAsync(source);
        var server = TestSet.Access(source.Cluster);
        await using var target = new TestDatabase(source.Cluster, Servers.NewName("restored"));

        var restored = await set.Dumps.RestoreAsync(set.Manifest, set.Database, server, target.Name, owner: null, (_, _) => { }, Cancellation);

        Assert.Null(restored.NotCarriedOver);
        Assert.Equal(locale, (await server.FindLocaleAsync(target.Name, Cancellation))?.ToString());
        Assert.Equal(await server.FindLocaleAsync(source.Name, Cancellation), await server.FindLocaleAsync(target.Name, Cancellation));
    }

    [Theory]
    [InlineData("xx_XX.UTF-8", null, "libc")]
    [InlineData("C", "no locale of any kind", "icu")]
    [InlineData("C", "C.UTF-8", "builtin")]
    public async Task A_locale_that_the_server_lacks_makes_no_restore_fail_and_is_told(string collate, string? name, string provider)
    {
        await using var source = await servers.NewDatabaseAsync();
        await source.Cluster.ExecuteAsync(source.Name, "CREATE TABLE origins (name text PRIMARY KEY); INSERT INTO origins VALUES ('core')", Cancellation);
        using var set = await TestSet.OfAsync(source, locale: new DatabaseLocale(provider, collate, collate, name, Rules: null));
        await using var target = new TestDatabase(source.Cluster, Servers.NewName("restored"));

        var restored = await set.Dumps.RestoreAsync(
            set.Manifest, set.Database, TestSet.Access(source.Cluster), target.Name, owner: null, (_, _) => { }, Cancellation);

        Assert.Equal(1, restored.Rows);
        Assert.Contains($"sorts text by C.UTF-8 and not, as before, by {name ?? collate}", Assert.Single(restored.NotCarriedOver!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_a_changed_and_a_missing_dump_are_refused_before_anything_is_created()
    {
        await using var source = await servers.NewBuilderDatabaseAsync();
        using var set = await TestSet.OfAsync(source);
        var server = TestSet.Access(source.Cluster);
        var path = set.PathOf(set.Database.Path);
        var whole = await File.ReadAllBytesAsync(path, Cancellation);

        await File.WriteAllBytesAsync(path, whole[..^100], Cancellation);
        await AssertRefusedAsync("DR8001", "bytes and not");
        var changed = whole.ToArray();
        changed[^1000] ^= 1;
        await File.WriteAllBytesAsync(path, changed, Cancellation);
        await AssertRefusedAsync("DR8001", "its SHA-256 is");
        File.Delete(path);
        await AssertRefusedAsync("DR8002", "is not in the vault");

        async Task AssertRefusedAsync(string code, string why)
        {
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(() =>
                set.Dumps.CheckAsync(set.Manifest, set.Database, server, _ => ValueTask.CompletedTask, Cancellation));
            Assert.Equal(code, fault.Code);
            Assert.Contains(why, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_database_that_is_not_what_was_backed_up_is_named_by_its_tables()
    {
        await using var source = await servers.NewBuilderDatabaseAsync();
        using var set = await TestSet.OfAsync(source);
        await source.Cluster.ExecuteAsync(source.Name, "UPDATE origins SET owner_id = owner_id + 1 WHERE name = (SELECT min(name) FROM origins)", Cancellation);
        using var other = await TestSet.OfAsync(source);
        File.Copy(other.PathOf(other.Database.Path), set.PathOf(set.Database.Path), overwrite: true);
        var manifest = set.Manifest with
        {
            Files = [.. set.Manifest.Files.Select(file => file.Path == set.Database.Path ? other.Manifest.Files.Single(another => another.Path == file.Path) : file)],
        };
        await using var target = new TestDatabase(source.Cluster, Servers.NewName("restored"));

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() =>
            set.Dumps.RestoreAsync(manifest, set.Database, TestSet.Access(source.Cluster), target.Name, owner: null, (_, _) => { }, Cancellation));

        Assert.Equal(RecoveryFaults.FingerprintDiffersCode, fault.Code);
        Assert.Contains("table public.origins has other content", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("origin_packages", fault.Message, StringComparison.Ordinal);
    }
}
