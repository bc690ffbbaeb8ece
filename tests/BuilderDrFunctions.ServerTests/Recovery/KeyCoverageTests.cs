using System.Text;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sandbox.Builder;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Recovery;

public sealed class KeyCoverageTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static IReadOnlyList<BuilderKey> Keys => BuilderSettings.DefaultKeys;

    [Fact]
    public async Task Each_key_is_tried_on_what_was_encrypted_with_it()
    {
        var verdicts = await JudgeAsync(Keys.ToDictionary(key => key.Name, FileOf, StringComparer.Ordinal));

        Assert.Equal(Keys.Select(key => key.Name), verdicts.Select(verdict => verdict.Key), StringComparer.Ordinal);
        Assert.All(verdicts, verdict => Assert.Equal(KeyState.Covered, verdict.State));
        Assert.All(verdicts, verdict => Assert.True(verdict.Boxes > 0));
    }

    [Fact]
    public async Task A_missing_key_a_key_of_another_content_and_a_mere_name_are_told_apart()
    {
        var wrong = await JudgeAsync(new Dictionary<string, byte[]?>(StringComparer.Ordinal) { [Keys[0].Name] = FileOf(new BuilderKey(Keys[0].Revision, 99)) });
        Assert.Equal([KeyState.Wrong, KeyState.Missing], wrong.Select(verdict => verdict.State));
        Assert.All(wrong, verdict => Assert.True(verdict.IsBad));

        var named = await JudgeAsync(Keys.ToDictionary(key => key.Name, _ => (byte[]?)null, StringComparer.Ordinal));
        Assert.All(named, verdict => Assert.Equal(KeyState.Untried, verdict.State));
        Assert.All(await JudgeAsync(null), verdict => Assert.Equal(KeyState.Untried, verdict.State));
    }

    [Fact]
    public async Task A_token_that_is_no_token_and_a_body_that_is_no_box_are_passed_over()
    {
        await using var database = await servers.NewBuilderDatabaseAsync();
        await database.Cluster.ExecuteAsync(
            database.Name,
            """
            UPDATE account_tokens SET token = '_Qk9YLTEK!' || id;
            UPDATE origin_integrations SET body = E'BOX-1\n';
            UPDATE origin_secret_keys SET body = 'SIG-SEC-1', encryption_key_rev = NULL;
            UPDATE origin_private_encryption_keys SET body = NULL;
            """,
            Cancellation);

        Assert.Empty(await KeyCoverage.JudgeAsync(TestSet.Access(database.Cluster), database.Name, new Dictionary<string, byte[]?>(StringComparer.Ordinal), Cancellation));
    }

    [Fact]
    public async Task A_database_without_these_tables_needs_no_key()
    {
        await using var database = await servers.NewDatabaseAsync();

        Assert.Empty(await KeyCoverage.JudgeAsync(TestSet.Access(database.Cluster), database.Name, null, Cancellation));
    }

    [Fact]
    public async Task Shards_count_until_they_are_merged()
    {
        await using var originsrv = await servers.Legacy.FewShardsAsync("builder_originsrv");
        await using var sessionsrv = await servers.Legacy.FewShardsAsync("builder_sessionsrv");
        await AssertCoveredAsync(originsrv);
        await AssertCoveredAsync(sessionsrv);

        // What the shards still hold then is of the past, as is a key that nothing else names.
        await sessionsrv.Cluster.ExecuteAsync(sessionsrv.Name, "INSERT INTO public.flags (shard_migration_complete) VALUES (true)", Cancellation);
        Assert.Empty(await KeyCoverage.JudgeAsync(TestSet.Access(sessionsrv.Cluster), sessionsrv.Name, null, Cancellation));
    }

    [Fact]
    public async Task A_freshly_merged_Builder_has_its_boxes_as_bytes()
    {
        await using var originsrv = await servers.Legacy.MergedAsync("builder_originsrv");
        await using var sessionsrv = await servers.Legacy.MergedAsync("builder_sessionsrv");
        await using var merged = new TestDatabase(originsrv.Cluster, Servers.NewName("builder"));
        await AssertCoveredAsync(originsrv);

        var merger = new DatabaseMerger(
            TestSet.Access(merged.Cluster), DatabaseMergeNames.Of(originsrv.Name, sessionsrv.Name, merged.Name, "test"), TimeProvider.System);
        await merger.CopyAsync(progress: null, Cancellation);
        await merger.PublishAsync(Cancellation);

        await AssertCoveredAsync(merged);
    }

    private static async Task AssertCoveredAsync(TestDatabase database)
    {
        var verdicts = await KeyCoverage.JudgeAsync(
            TestSet.Access(database.Cluster), database.Name, Keys.ToDictionary(key => key.Name, FileOf, StringComparer.Ordinal), Cancellation);
        Assert.Equal(Keys.Select(key => key.Name), verdicts.Select(verdict => verdict.Key), StringComparer.Ordinal);
        Assert.All(verdicts, verdict => Assert.Equal(KeyState.Covered, verdict.State));
        Assert.All(verdicts, verdict => Assert.True(verdict.Boxes > 0));
    }

    private async Task<KeyVerdict[]> JudgeAsync(IReadOnlyDictionary<string, byte[]?>? keys)
    {
        await using var database = await servers.NewBuilderDatabaseAsync();
        return await KeyCoverage.JudgeAsync(TestSet.Access(database.Cluster), database.Name, keys, Cancellation);
    }

    private static byte[]? FileOf(BuilderKey key) => Encoding.ASCII.GetBytes(key.SecretFile);
}
