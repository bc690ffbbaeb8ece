using System.Net;
using System.Text.Json;
using BuilderDrFunctions.ServerTests.Chain;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Monitoring;

public sealed class HealthChainTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Follows_a_site_from_unsafe_to_safe_to_down()
    {
        await using var app = await chain.StartAppAsync();
        var (status, report) = await HealthAsync(app);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("DR9000", Check(report, "recoveryPoint").GetProperty("code").GetString());
        Assert.Equal("ok", Check(report, "vault").GetProperty("status").GetString());

        await app.ManifestAsync(await app.BackUpAsync());
        (status, report) = await HealthAsync(app);
        Assert.True(status == HttpStatusCode.OK, report.GetRawText());
        Assert.Equal("ok", report.GetProperty("status").GetString());

        await chain.Builder.Host.Supervisor.BringAsync(wanted: false, Token);
        try
        {
            (status, report) = await HealthAsync(app);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.Equal("DR9005", Check(report, "api").GetProperty("code").GetString());
            Assert.Equal("ok", Check(report, "recoveryPoint").GetProperty("status").GetString());
        }
        finally
        {
            await chain.Builder.Host.Supervisor.BringAsync(wanted: true, Token);
        }
    }

    [Fact]
    public async Task Tells_a_stranger_that_it_lives_and_nothing_else()
    {
        await using var app = await chain.StartAppAsync();
        using var stranger = new HttpClient { BaseAddress = app.Process.Http.BaseAddress };

        Assert.Equal("live\n", await stranger.GetStringAsync("/api/live", Token));
        using var refused = await stranger.GetAsync("/api/health", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    private static async Task<(HttpStatusCode Status, JsonElement Report)> HealthAsync(ChainApp app)
    {
        using var answer = await app.Process.Http.GetAsync("/api/health", Token);
        return (answer.StatusCode, JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(Token)));
    }

    private static JsonElement Check(JsonElement report, string name) =>
        report.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == name);
}
