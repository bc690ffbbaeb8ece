using System.Globalization;
using System.Net;
using System.Text.Json;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.Recovery;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>The machine is gone: an empty PostgreSQL server with other credentials, and an object store without a bucket, take its place.</summary>
public sealed class NewMachineTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    // Keys are written to the host over SSH, which the keys' own tests do.
    private static readonly string[] Parts = ["database", "artifacts"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_set_comes_back_where_there_is_neither_database_nor_bucket()
    {
        await using var cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions { Durable = true }, token));
        var name = Servers.NewName("rebuilt");
        var bucket = new S3ObjectStore(
            new ArtifactsOptions
            {
                Endpoint = chain.Builder.S3.Url,
                Bucket = name,
                AccessKey = chain.Builder.S3.AccessKey,
                SecretKey = chain.Builder.S3.SecretKey,
            },
            TimeProvider.System);
        const string site = "Sites__rebuilt__";
        await using var app = await chain.StartAppAsync(
            (site + "Service__Control", "none"),
            (site + "Postgres__Host", cluster.Host), (site + "Postgres__Port", cluster.Port.ToString(CultureInfo.InvariantCulture)),
            (site + "Postgres__Username", cluster.Username), (site + "Postgres__Password", cluster.Password), (site + "Postgres__Tools", cluster.ToolsFolder),
            (site + "Artifacts__Endpoint", chain.Builder.S3.Url), (site + "Artifacts__Bucket", name),
            (site + "Artifacts__AccessKey", chain.Builder.S3.AccessKey), (site + "Artifacts__SecretKey", chain.Builder.S3.SecretKey));
        await app.ManifestAsync(await app.BackUpAsync(new { site = "main", label = "test" }));
        await ForgetTheOldSiteAsync(app.Process);

        var plan = (await RestoreAsync(app, "plan")).GetProperty("plan");
        Assert.Equal(0, plan.GetProperty("problems").GetArrayLength());
        Assert.Equal(ChainSandbox.Packages, plan.GetProperty("artifacts").GetProperty("toCopy").GetInt64());
        Assert.Contains(plan.GetProperty("steps").EnumerateArray(), step => step.GetProperty("what").GetString() == "make the bucket, which is not there yet");
        Assert.False(await bucket.ExistsAsync(Token), "a plan made the bucket");

        var result = await RestoreAsync(app, "replace");
        Assert.Equal(0, result.GetProperty("previous").GetArrayLength());
        Assert.Equal(ChainSandbox.Packages, result.GetProperty("artifacts").GetProperty("copied").GetInt64());
        Assert.Equal(ChainSandbox.Packages, await bucket.ListAsync("", null, Token).CountAsync(Token));
        Assert.Equal(
            (await TestSet.Access(chain.Builder.Postgres).FingerprintAsync("builder", null, Token)).Digest,
            (await TestSet.Access(cluster).FingerprintAsync("builder", null, Token)).Digest);

        // There is a database to be replaced by now, and no way to the host.
        var refused = await RunAsync(app, "replace", ["database", "keys"]);
        Assert.Equal("failed", refused.GetProperty("state").GetString());
        Assert.StartsWith("DR8030: nothing can be restored to site 'rebuilt' so: ", refused.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("DR8033: site 'rebuilt' has no service control", refused.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("DR8037: site 'rebuilt' has no way to its host", refused.GetProperty("error").GetString(), StringComparison.Ordinal);

        // Once more, as after a cut connection: nothing is copied twice, and the database it made is put aside like any other.
        var again = await RestoreAsync(app, "replace", force: true);
        Assert.Equal(0, again.GetProperty("artifacts").GetProperty("copied").GetInt64());
        Assert.Equal(1, again.GetProperty("previous").GetArrayLength());

        await cluster.RestartAsStandbyAsync(Token);
        var standby = Assert.Single((await RestoreAsync(app, "plan")).GetProperty("plan").GetProperty("problems").EnumerateArray());
        Assert.Equal("DR8011", standby.GetProperty("code").GetString());
        Assert.EndsWith("is a read-only standby", standby.GetProperty("what").GetString(), StringComparison.Ordinal);
    }

    /// <summary>On the day the machine is gone the app may be installed anew, with settings for the new one alone.</summary>
    private static async Task ForgetTheOldSiteAsync(AppProcess app)
    {
        await app.StopAsync();
        foreach (var name in app.Settings.Keys.Where(name => name.StartsWith("Sites__main__", StringComparison.Ordinal)).ToList())
        {
            app.Settings[name] = null;
        }

        await app.StartAsync(Token);
        var unknown = await Assert.ThrowsAsync<HttpRequestException>(() => app.PostAsync("/api/restores", new { site = "rebuilt", source = "mian" }, Token));
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    private static async Task<JsonElement> RestoreAsync(ChainApp app, string mode, bool force = false)
    {
        var operation = await RunAsync(app, mode, Parts, force);
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        return operation.GetProperty("result");
    }

    private static async Task<JsonElement> RunAsync(ChainApp app, string mode, string[] parts, bool force = false)
    {
        var asked = new { site = "rebuilt", source = "main", mode, confirm = mode == "replace" ? "rebuilt" : null, parts, force, acceptLosses = true };
        var accepted = await app.Process.PostAsync("/api/restores", asked, Token);
        return await app.Process.WaitForOperationAsync(accepted.GetProperty("id").GetString()!, Longest, null, Token);
    }
}
