using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Legacy;
using BuilderDrFunctions.Sandbox.Servers;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>Legacy databases that are filled once and copied by each test: with all shards, or, for speed, with the first four alone.</summary>
/// <remarks>Those with all shards are of size S, unless <c>MERGE_SIZE</c> asks for m or l.</remarks>
public sealed class LegacyTemplates(Func<Task<PostgresCluster>> cluster) : IDisposable
{
    /// <summary>Shards of a small one.</summary>
    public const int FewShards = 4;

    private static readonly LegacySize Tiny = new(160, 12);
    private static readonly LegacySize Whole = LegacySize.Named(Environment.GetEnvironmentVariable("MERGE_SIZE") ?? "s");

    private readonly SemaphoreSlim _gate = new(1);
    private readonly HashSet<string> _filled = new(StringComparer.Ordinal);

    /// <summary>A copy of a database with four shards.</summary>
    /// <param name="database">Such as <c>builder_originsrv</c>.</param>
    public async Task<TestDatabase> FewShardsAsync(string database)
    {
        await FillAsync("few_", (server, prefix, token) => new LegacyGenerator(Tiny, BuilderSettings.DefaultKeys).FillShardedAsync(server, token, prefix, FewShards));
        return await CopyAsync("few_" + database);
    }

    /// <summary>A database with all of its 128 shards. There is one of each name: to copy thousands of files takes longer than what is tested.</summary>
    /// <param name="database">Such as <c>builder_originsrv</c>.</param>
    public async Task<TestDatabase> TakeAllShardsAsync(string database)
    {
        await FillAsync("all_", (server, prefix, token) => new LegacyGenerator(Whole, BuilderSettings.DefaultKeys).FillShardedAsync(server, token, prefix));
        return new TestDatabase(await cluster(), "all_" + database);
    }

    /// <summary>A copy of a database as the shard merge leaves it, without the shards.</summary>
    /// <param name="database">Such as <c>builder_originsrv</c>.</param>
    public async Task<TestDatabase> MergedAsync(string database)
    {
        await FillAsync("joined_", (server, prefix, token) => new LegacyGenerator(Whole, BuilderSettings.DefaultKeys).FillMergedAsync(server, token, prefix));
        return await CopyAsync("joined_" + database);
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task FillAsync(string prefix, Func<PostgresCluster, string, CancellationToken, Task> fill)
    {
        var token = TestContext.Current.CancellationToken;
        await _gate.WaitAsync(token);
        try
        {
            if (_filled.Add(prefix))
            {
                await fill(await cluster(), prefix, token);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<TestDatabase> CopyAsync(string template)
    {
        var name = Servers.NewName("legacy");
        var server = await cluster();
        await server.CreateDatabaseAsync(name, TestContext.Current.CancellationToken, template);
        return new TestDatabase(server, name);
    }
}
