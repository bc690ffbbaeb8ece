using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Sandbox;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Mirror;

/// <summary>The mirror as part of a running app: more batches than one history holds, and an app that is killed in the middle.</summary>
public sealed class MirrorChainTests
{
    private const int Packages = MirrorOrchestrator.BatchesPerGeneration + 30;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Goes_on_over_several_histories_and_kills_of_the_app()
    {
        await using var builder = await Servers.StartOwnAsync(token => BuilderSandbox.StartAsync(new SandboxOptions { Size = new DataSize(Packages, Packages) }, token));
        var settings = new Dictionary<string, string>(builder.AppSettings, StringComparer.Ordinal)
        {
            // As many batches as a bucket of 115,000 objects has.
            ["Mirror__BatchObjects"] = "1",
            ["Schedules__Backup"] = "0 0 0 1 1 *",
        };
        await using var app = await AppProcess.StartNewAsync(AppProcess.BuiltProgram, settings, builder.Secrets, Cancellation);
        var accepted = await app.PostAsync("/api/backups", new { label = "many" }, Cancellation);
        var id = accepted.GetProperty("id").GetString()!;
        foreach (var fetched in new[] { 30, 120 })
        {
            Assert.True(
                await Condition.TryAwaitAsync(async token => await ObjectsDoneAsync(app, id, token) >= fetched, TimeSpan.FromMinutes(3), Cancellation),
                $"never {fetched} objects: {app.Log}");
            await app.KillAsync();
            await app.StartAsync(Cancellation);
        }

        var operation = await app.WaitForOperationAsync(id, TimeSpan.FromMinutes(4), seen: null, Cancellation);

        Assert.True(operation.GetProperty("state").GetString() is "succeeded", $"{operation}\n{app.Log}");
        var set = await app.GetAsync($"/api/backups/{operation.GetProperty("result").GetProperty("label").GetString()}", Cancellation);
        var artifacts = set.GetProperty("artifacts");
        Assert.Equal(Packages, artifacts.GetProperty("objects").GetInt32());
        Assert.Equal(Packages, artifacts.GetProperty("counts").GetProperty("verified").GetInt32());
        Assert.InRange(await HistoryBytesAsync(app, $"{id}:{nameof(MirrorPass.Warm)}"), 1, 1_000_000);
        Assert.InRange(await HistoryBytesAsync(app, id), 1, 1_000_000);
    }

    private static async Task<long> ObjectsDoneAsync(AppProcess app, string id, CancellationToken cancellationToken)
    {
        var view = await app.GetAsync($"/api/operations/{id}", cancellationToken);
        return view.TryGetProperty("progress", out var progress) && progress.ValueKind == JsonValueKind.Object && progress.TryGetProperty("objects", out var objects)
            ? objects.GetInt64()
            : 0;
    }

    private static async Task<int> HistoryBytesAsync(AppProcess app, string instance)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            string.Create(CultureInfo.InvariantCulture, $"/runtime/webhooks/durabletask/instances/{Uri.EscapeDataString(instance)}?showHistory=true&showHistoryOutput=true"));
        request.Headers.Add("x-functions-key", app.MasterKey);
        using var answer = await app.Http.SendAsync(request, Cancellation);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadAsByteArrayAsync(Cancellation)).Length;
    }
}
