using System.Globalization;
using System.Net;
using System.Text.Json;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.Recovery;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>What tests of restores ask of an app and of the Builder behind it.</summary>
public abstract class RestoreRequests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    protected static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    protected static readonly string[] DatabaseOnly = ["database"];
    protected static readonly string[] DatabaseAndKeys = ["database", "keys"];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected ChainSandbox Chain => chain;

    protected S3ObjectStore Artifacts => In(Bucket);

    protected S3ObjectStore In(string bucket) => new(
        new ArtifactsOptions { Endpoint = Chain.Builder.S3.Url, Bucket = bucket, AccessKey = Chain.Builder.S3.AccessKey, SecretKey = Chain.Builder.S3.SecretKey }, TimeProvider.System);

    protected static string Bucket => "habitat-builder-artifact-store.local";

    protected static async Task RestartAsync(AppProcess app, string name, string? value)
    {
        await app.StopAsync();
        app.Settings[name] = value;
        await app.StartAsync(Token);
    }

    protected static async Task<JsonElement> RestoreAsync(ChainApp app, object request)
    {
        var accepted = await app.Process.PostAsync("/api/restores", request, Token);
        return await app.Process.WaitForOperationAsync(accepted.GetProperty("id").GetString()!, Longest, null, Token);
    }

    protected static JsonElement Succeeded(JsonElement operation, ChainApp app)
    {
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        return operation;
    }

    protected static void AssertFailed(JsonElement operation, string code, string names)
    {
        Assert.Equal("failed", operation.GetProperty("state").GetString());
        Assert.StartsWith(code, operation.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains(names, operation.GetProperty("error").GetString()!, StringComparison.OrdinalIgnoreCase);
    }

    protected static async Task AssertRefusedAsync(ChainApp app, object request, HttpStatusCode status, string names)
    {
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => app.Process.PostAsync("/api/restores", request, Token));
        Assert.Equal(status, refused.StatusCode);
        Assert.Contains(names, refused.Message, StringComparison.Ordinal);
    }

    protected static IEnumerable<string> Steps(JsonElement plan) => plan.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("what").GetString()!);

    protected async Task AssertSameAsync(string expected, string actual)
    {
        var server = TestSet.Access(Chain.Builder.Postgres);
        Assert.Equal((await server.FingerprintAsync(expected, null, Token)).Digest, (await server.FingerprintAsync(actual, null, Token)).Digest);
    }

    protected async Task AssertNothingLeftAsync() =>
        Assert.Equal(0L, await ScalarAsync("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE '%\\_restoring\\_%'"));

    /// <summary>Databases, objects and the API's history: what a plan must not change.</summary>
    protected async Task<string> StateAsync()
    {
        var databases = await ScalarAsync("postgres", "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database");
        var objects = await CountAsync("");
        return string.Create(CultureInfo.InvariantCulture, $"{databases} {objects} {Chain.Builder.Host.Supervisor.Transitions.Count}");
    }

    protected async Task<object?> ScalarAsync(string database, string sql)
    {
        await using var connection = await Chain.Builder.Postgres.OpenAsync(database, Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }

    protected async Task<int> CountAsync(string prefix) => await Artifacts.ListAsync(prefix, null, Token).CountAsync(Token);
}
