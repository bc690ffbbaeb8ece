using System.Text.Json;
using BuilderDrFunctions.ServerTests.Chain;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Monitoring;

/// <summary>The description against what the host itself says it serves; each answer of all chain tests is held to it besides (<see cref="DescribedApi"/>).</summary>
public sealed class ApiDescriptionTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Describes_every_route_that_is_served_and_no_other()
    {
        await using var app = await chain.StartAppAsync();
        using var ask = new HttpRequestMessage(HttpMethod.Get, "/admin/functions");
        ask.Headers.Add("x-functions-key", app.Process.MasterKey);
        using var answer = await app.Process.Http.SendAsync(ask, Token);
        var functions = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(Token));
        var served = functions.EnumerateArray()
            .Select(function => function.GetProperty("config").GetProperty("bindings").EnumerateArray().FirstOrDefault(binding => binding.GetProperty("type").GetString() == "httpTrigger"))
            .Where(binding => binding.ValueKind == JsonValueKind.Object)
            .SelectMany(binding => binding.GetProperty("methods").EnumerateArray().Select(method => $"{method.GetString()!.ToLowerInvariant()} /api/{binding.GetProperty("route").GetString()}"))
            .Order(StringComparer.Ordinal).ToList();

        var description = await app.Process.GetAsync("/api/openapi.json", Token);
        var described = description.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name} {path.Name}"))
            .Order(StringComparer.Ordinal).ToList();

        Assert.True(served.Count > 20);
        Assert.Equal(served, described);
    }

    [Fact]
    public async Task Shows_figures_to_prometheus()
    {
        await using var app = await chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());

        using var answer = await app.Process.Http.GetAsync("/api/metrics", Token);
        var text = await answer.Content.ReadAsStringAsync(Token);

        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains($"builder_dr_set_artifacts{{site=\"main\"}} {ChainSandbox.Packages}", Bare(text), StringComparison.Ordinal);
        Assert.Contains("builder_dr_sets{site=\"main\"} 1", Bare(text), StringComparison.Ordinal);
        Assert.Contains("builder_dr_run_succeeded{kind=\"backup\",site=\"main\"} 1", Bare(text), StringComparison.Ordinal);
        Assert.Contains("# TYPE builder_dr_recovery_point_age_seconds gauge", text, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper!.WriteLine(text);
    }

    // Without the exporter's own label and the time stamps.
    private static string Bare(string text) =>
        System.Text.RegularExpressions.Regex.Replace(text, "otel_scope_[a-z_]+=\"[^\"]*\",?", "", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
}
