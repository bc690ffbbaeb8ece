using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.Recovery;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>Kills the app at random instants of a replacement. <c>REPLACE_KILLS</c> says how often: <c>make torture</c> asks for 100, the suite for a few.</summary>
public sealed class ReplaceTortureTests(ChainSandbox chain, ITestOutputHelper output) : IClassFixture<ChainSandbox>
{
    private const int KillsInSuite = 6;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);
    private static readonly string[] Parts = ["database"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static int Kills =>
        int.TryParse(Environment.GetEnvironmentVariable("REPLACE_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var kills) ? kills : KillsInSuite;

    private PostgresServer Server => TestSet.Access(chain.Builder.Postgres);

    [Fact]
    public async Task There_is_always_one_complete_builder_and_the_run_goes_on_to_its_end()
    {
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var restored = (await Server.FingerprintAsync("builder", null, Token)).Digest;
        var begun = Stopwatch.GetTimestamp();
        var undisturbed = await EndAsync(app, await StartAsync(app), restored);
        var whole = Stopwatch.GetElapsedTime(begun);
        var swap = SecondsFrom(undisturbed, "stop API");
        var seed = Random.Shared.Next();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"seed {seed}; an undisturbed run takes {whole.TotalSeconds:0.0} s, {swap.TotalSeconds:0.0} s of it from the API's stop on"));
        var random = new Random(seed);
        var foundRestored = 0;
        var foundDown = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            await chain.Builder.Postgres.ExecuteAsync("builder", "CREATE TABLE of_the_former_database ()", Token);
            var former = (await Server.FingerprintAsync("builder", null, Token)).Digest;
            var id = await StartAsync(app);

            // Every other kill falls between the API's stop and its start, where there is the most to break.
            var isInSwap = kill % 2 == 0;
            if (isInSwap)
            {
                await app.WaitForPhaseAsync(id, "stop API");
            }

            await Task.Delay((isInSwap ? swap : whole) * random.NextDouble(), TimeProvider.System, Token);
            await app.Process.KillAsync();

            foundDown += chain.Builder.Host.Supervisor.IsUp ? 0 : 1;
            var found = await DigestAsync();
            Assert.True(found == former || found == restored, $"kill {kill}: 'builder' is neither the former nor the restored database");
            foundRestored += found == restored ? 1 : 0;
            await app.Process.StartAsync(Token);
            await EndAsync(app, id, restored);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{Kills} kills: the restored database was in place after {foundRestored} of them, the API was down after {foundDown}"));
    }

    private static async Task<string> StartAsync(ChainApp app) =>
        (await app.Process.PostAsync("/api/restores", new { mode = "replace", confirm = "main", parts = Parts }, Token)).GetProperty("id").GetString()!;

    private static TimeSpan SecondsFrom(JsonElement operation, string phase)
    {
        var steps = operation.GetProperty("steps").EnumerateArray().ToList();
        return steps[^1].GetProperty("endedAt").GetDateTimeOffset()
            - steps.Find(step => step.GetProperty("phase").GetString() == phase).GetProperty("begunAt").GetDateTimeOffset();
    }

    private async Task<JsonElement> EndAsync(ChainApp app, string id, string restored)
    {
        var operation = await app.Process.WaitForOperationAsync(id, Longest, null, Token);
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        Assert.True(chain.Builder.Host.Supervisor.IsUp, "the API is down");
        using (var api = await app.Process.Http.GetAsync(chain.Builder.Host.StatusUrl, Token))
        {
            Assert.True(api.IsSuccessStatusCode, "the API does not answer");
        }

        Assert.Equal(restored, await DigestAsync());
        var previous = Assert.Single(operation.GetProperty("result").GetProperty("previous").EnumerateArray()).GetString();
        Assert.Equal($"builder,{previous}", await NamesAsync());
        using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{id}/previous", Token);
        Assert.True(dropped.IsSuccessStatusCode);
        return operation;
    }

    /// <summary>The fingerprint of <c>builder</c>, whichever it is. A server process that outlived the app may be renaming it this very moment.</summary>
    private async Task<string> DigestAsync()
    {
        string? digest = null;
        FaultException? last = null;
        var found = await Condition.TryAwaitAsync(
            async token =>
            {
                try
                {
                    digest = (await Server.FingerprintAsync("builder", null, token)).Digest;
                    return true;
                }
                catch (FaultException fault)
                {
                    last = fault;
                    return false;
                }
            },
            TimeSpan.FromSeconds(20),
            Token);
        Assert.True(found, $"there is no 'builder': {last}");
        return digest!;
    }

    private async Task<object?> NamesAsync()
    {
        await using var connection = await chain.Builder.Postgres.OpenAsync("postgres", Token);
        await using var command = new NpgsqlCommand("SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE datname LIKE 'builder%'", connection);
        return await command.ExecuteScalarAsync(Token);
    }
}
