using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.ServerTests.Postgres;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>
/// Sharded databases with one thing wrong each: the analysis names it with table, shard and key, a merge that is tried all the same changes
/// nothing, and once it is mended the merge goes through.
/// </summary>
public sealed class ShardFlawTests(Servers servers)
{
    private static readonly Dictionary<string, Flaw> Prepared = new(StringComparer.Ordinal)
    {
        ["a shard is missing"] = new("DR7004", "schema shard_2", "ALTER SCHEMA shard_2 RENAME TO lost", "ALTER SCHEMA lost RENAME TO shard_2"),
        ["a schema is named like a shard"] = new("DR7005", "shard_200", "CREATE SCHEMA shard_200", "DROP SCHEMA shard_200"),
        ["a table is missing in one shard"] = new(
            "DR7006", "table audit is missing in shard_1", "CREATE SCHEMA lost; ALTER TABLE shard_1.audit SET SCHEMA lost", "ALTER TABLE lost.audit SET SCHEMA shard_1; DROP SCHEMA lost"),
        ["a table is missing in public"] = new(
            "DR7007", "table audit is in shard_0, shard_1, shard_2 and 1 more", "CREATE SCHEMA lost; ALTER TABLE public.audit SET SCHEMA lost",
            "ALTER TABLE lost.audit SET SCHEMA public; DROP SCHEMA lost"),
        ["a shard has a table of its own"] = new("DR7007", "table surprise is in shard_3", "CREATE TABLE shard_3.surprise (id bigint)", "DROP TABLE shard_3.surprise"),
        ["a column is missing in one shard"] = new(
            "DR7008", "column vcs_username of table origin_projects is missing in shard_1", "ALTER TABLE shard_1.origin_projects DROP COLUMN vcs_username",
            "ALTER TABLE shard_1.origin_projects ADD COLUMN vcs_username text"),
        ["a shard has a column more"] = new(
            "DR7009", "column note of table origins is in shard_0", "ALTER TABLE shard_0.origins ADD COLUMN note text", "ALTER TABLE shard_0.origins DROP COLUMN note"),
        ["a column has another type in one shard"] = new(
            "DR7010", "column scheduler_sync of table origin_packages is text in shard_2 and boolean",
            "ALTER TABLE shard_2.origin_packages ALTER scheduler_sync DROP DEFAULT, ALTER scheduler_sync TYPE text",
            "ALTER TABLE shard_2.origin_packages ALTER scheduler_sync TYPE boolean USING scheduler_sync::boolean"),
        ["a column has another length in one shard"] = new(
            "DR7010", "character varying(300) in shard_0", "ALTER TABLE shard_0.accounts ALTER name TYPE varchar(300)", "ALTER TABLE shard_0.accounts ALTER name TYPE text", "builder_sessionsrv"),
        ["a value is null that must not be"] = new(
            "DR7011", "default_package_visibility of table origins must not be null in public and is null in 1 rows of shard_1",
            "ALTER TABLE shard_1.origins ALTER default_package_visibility DROP NOT NULL; UPDATE shard_1.origins SET default_package_visibility = NULL",
            "UPDATE shard_1.origins SET default_package_visibility = 'public'"),
        ["public has rows already"] = new("DR7012", "table public.audit already has 1 rows", "INSERT INTO public.audit (origin_id) VALUES (1)", "TRUNCATE public.audit"),
        ["half a merge was left by the public scripts"] = new(
            "DR7012", "table public.origins already has", "INSERT INTO public.origins SELECT * FROM shard_0.origins", "TRUNCATE public.origins CASCADE"),
        ["two shards have the same primary key"] = new(
            "DR7013", "keys more than once, against origins_pkey: (id) = (", "INSERT INTO shard_3.origins (id, name) SELECT id, 'other' FROM shard_0.origins LIMIT 1",
            "DELETE FROM shard_3.origins WHERE name = 'other'"),
        ["two shards have the same name"] = new(
            "DR7013", "(name) = (core) in shard_0 and shard_3", "INSERT INTO shard_3.origins (id, name) VALUES (4711, 'core')", "DELETE FROM shard_3.origins WHERE id = 4711"),
        ["two shards have the same package"] = new(
            "DR7013", "table origin_packages has 1 keys more than once, against origin_packages_ident_key: (ident) = (core/",
            "INSERT INTO shard_3.origin_packages (id, ident) SELECT 4711, ident FROM shard_0.origin_packages WHERE ident LIKE 'core/%' LIMIT 1",
            "DELETE FROM shard_3.origin_packages WHERE id = 4711"),
        ["two shards have the same pair"] = new(
            "DR7013", "(origin_id, account_id) = (1, 2) in shard_1 and shard_2",
            "INSERT INTO shard_1.origins (id, name) VALUES (1, 'one'); INSERT INTO shard_1.origin_members (origin_id, account_id) VALUES (1, 2); "
            + "ALTER TABLE shard_2.origin_members DROP CONSTRAINT origin_members_origin_id_fkey; INSERT INTO shard_2.origin_members (origin_id, account_id) VALUES (1, 2)",
            "DELETE FROM shard_2.origin_members WHERE origin_id = 1"),
        ["two shards have the same token"] = new(
            "DR7013", "(token) = (…) in shard_0 and shard_3", "INSERT INTO shard_3.account_tokens (id, token) SELECT 4711, token FROM shard_0.account_tokens LIMIT 1",
            "DELETE FROM shard_3.account_tokens WHERE id = 4711", "builder_sessionsrv"),
        ["public asks for more than the shards"] = new(
            "DR7013", "against one_default", "ALTER TABLE public.origins ADD CONSTRAINT one_default UNIQUE (default_package_visibility)", "ALTER TABLE public.origins DROP CONSTRAINT one_default"),
        ["a row refers to nothing"] = new(
            "DR7014", "table origin_secrets refers to 1 rows that origins does not have, against origin_secrets_origin_id_fkey: (origin_id) = (42) in shard_1",
            "ALTER TABLE shard_1.origin_secrets DROP CONSTRAINT origin_secrets_origin_id_fkey; INSERT INTO shard_1.origin_secrets (id, origin_id) VALUES (1, 42)",
            "DELETE FROM shard_1.origin_secrets WHERE origin_id = 42"),
        ["a channel lists a package that is gone"] = new(
            "DR7014", "(package_id) = (43) in shard_0",
            "ALTER TABLE shard_0.origin_channel_packages DROP CONSTRAINT origin_channel_packages_package_id_fkey; "
            + "INSERT INTO shard_0.origin_channel_packages (channel_id, package_id) SELECT id, 43 FROM shard_0.origin_channels LIMIT 1",
            "DELETE FROM shard_0.origin_channel_packages WHERE package_id = 43"),
        ["there is no flags table"] = new("DR7003", "no table public.flags", "ALTER TABLE public.flags RENAME TO flagged", "ALTER TABLE public.flagged RENAME TO flags"),
        ["the flags table lacks its column"] = new(
            "DR7003", "shard_migration_complete", "ALTER TABLE public.flags RENAME shard_migration_complete TO done", "ALTER TABLE public.flags RENAME done TO shard_migration_complete"),
        ["public has a trigger"] = new(
            "DR7022", "touch on origins",
            "CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END'; CREATE TRIGGER touch BEFORE INSERT ON public.origins FOR EACH ROW EXECUTE FUNCTION public.touch()",
            "DROP TRIGGER touch ON public.origins"),
        ["public rewrites what is inserted"] = new(
            null, "DR7023: the merged tables do not hold what their sources do, so nothing was changed: table origins",
            "CREATE RULE loses AS ON INSERT TO public.origins WHERE NEW.name = 'core' DO INSTEAD NOTHING", "DROP RULE loses ON public.origins"),
        ["public checks its values"] = new(
            null, "violates check constraint \"no_core\"", "ALTER TABLE public.origins ADD CONSTRAINT no_core CHECK (name <> 'core')", "ALTER TABLE public.origins DROP CONSTRAINT no_core"),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Flaws => [.. Prepared.Keys];

    [Theory]
    [MemberData(nameof(Flaws))]
    public async Task Is_named_changes_nothing_and_can_be_mended(string name)
    {
        var flaw = Prepared[name];
        await using var database = await servers.Legacy.FewShardsAsync(flaw.Database);
        await database.Cluster.ExecuteAsync(database.Name, flaw.Break, Cancellation);
        var postgres = database.Cluster.Server();
        var sharded = new ShardedDatabase(database.Name, LegacyTemplates.FewShards);
        var before = await postgres.FingerprintAsync(database.Name, null, Cancellation);

        var plan = await new ShardAnalysis(postgres, sharded).RunAsync(Cancellation);
        var error = await Assert.ThrowsAnyAsync<FaultException>(() => new ShardMerger(postgres, sharded, TimeProvider.System).RunAsync(static (_, _) => Task.CompletedTask, null, Cancellation));

        if (flaw.Code is not null)
        {
            Assert.Contains(plan.Problems, problem => problem.Code == flaw.Code && problem.What.Contains(flaw.Part, StringComparison.Ordinal) && problem.Hint.Length > 0);
        }
        else
        {
            Assert.Contains(flaw.Part, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before.Digest, (await postgres.FingerprintAsync(database.Name, null, Cancellation)).Digest);
        await database.Cluster.ExecuteAsync(database.Name, flaw.Mend, Cancellation);
        Assert.Empty((await new ShardAnalysis(postgres, sharded).RunAsync(Cancellation)).Problems);
        var result = await new ShardMerger(postgres, sharded, TimeProvider.System).RunAsync(static (_, _) => Task.CompletedTask, null, Cancellation);
        Assert.True(result?.Tables.Sum(table => table.Rows) > 0);
    }

    private sealed record Flaw(string? Code, string Part, string Break, string Mend, string Database = "builder_originsrv");
}
