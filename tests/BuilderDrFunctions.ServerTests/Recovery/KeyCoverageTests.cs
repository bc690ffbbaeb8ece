using System.Text;
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
        await using var source = TestSet.Access(database.Cluster).Connect(database.Name);

        Assert.Empty(await KeyCoverage.JudgeAsync(source, new Dictionary<string, byte[]?>(StringComparer.Ordinal), Cancellation));
    }

    [Fact]
    public async Task A_database_without_these_tables_needs_no_key()
    {
        await using var database = await servers.NewDatabaseAsync();
        await using var source = TestSet.Access(database.Cluster).Connect(database.Name);

        Assert.Empty(await KeyCoverage.JudgeAsync(source, null, Cancellation));
    }

    private async Task<KeyVerdict[]> JudgeAsync(IReadOnlyDictionary<string, byte[]?>? keys)
    {
        await using var database = await servers.NewBuilderDatabaseAsync();
        await using var source = TestSet.Access(database.Cluster).Connect(database.Name);
        return await KeyCoverage.JudgeAsync(source, keys, Cancellation);
    }

    private static byte[]? FileOf(BuilderKey key) => Encoding.ASCII.GetBytes(key.SecretFile);
}
