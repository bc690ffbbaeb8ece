using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.Demo;
using BuilderDrFunctions.Sandbox;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Data;
using Spectre.Console;

// Backs a stand-in Builder up twice, as an operator would over HTTP, and fails if anything it shows is not so.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    await RunAsync(stop.Token);
    AnsiConsole.MarkupLine("[green]All of it is so. Everything that was started is stopped.[/]");
    return 0;
}
catch (DemoFailedException failure)
{
    AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[red]{failure.Message}[/]");
    return 1;
}

static async Task RunAsync(CancellationToken cancellationToken)
{
    var watch = Stopwatch.StartNew();
    AnsiConsole.Write(new Rule("[bold]a stand-in Builder on loopback[/]").LeftJustified());
    // Every package has its artifact, so that the set is complete.
    var options = new SandboxOptions { Size = new DataSize(300, 300), Report = line => AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"  {line}") };
    await using var sandbox = await BuilderSandbox.StartAsync(options, cancellationToken);

    AnsiConsole.Write(new Rule("[bold]Builder DR on the embedded runtime[/]").LeftJustified());
    await using var app = await AppProcess.StartNewAsync(AppProcess.BuiltProgram, sandbox.AppSettings, sandbox.Secrets, cancellationToken);
    AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"  serving at {app.Http.BaseAddress}; database, bucket and credentials are discovered from the Builder's own config.toml over SSH");

    AnsiConsole.Write(new Rule("[bold]first backup[/]").LeftJustified());
    var first = await BackUpAsync(app, "first", cancellationToken);
    SetTable.Write(first);
    Check(first.GetProperty("artifacts").GetProperty("fetchedObjects").GetInt64() == 300, "the first backup fetches every artifact");
    Check(first.GetProperty("complete").GetBoolean(), "every package of the dump has its artifact, with the checksum the database names");
    Check(first.GetProperty("api").GetProperty("quiesced").GetBoolean(), "the API was stopped for the dump");
    Check(first.TryGetProperty("configuration", out _), "keys and configuration are in the set");

    AnsiConsole.Write(new Rule("[bold]second backup, incremental[/]").LeftJustified());
    var second = await BackUpAsync(app, "second", cancellationToken);
    SetTable.Write(second);
    Check(second.GetProperty("artifacts").GetProperty("fetchedObjects").GetInt64() == 0, "the second backup fetches nothing, because nothing changed");
    Check(second.GetProperty("artifacts").GetProperty("objects").GetInt64() == 300, "and still lists every artifact");
    Check(
        DigestOf(first) == DigestOf(second),
        "both dumps have the same fingerprint, because the database did not change");

    using (var status = await new HttpClient().GetAsync(sandbox.Host.StatusUrl, cancellationToken))
    {
        Check(status.IsSuccessStatusCode, "Builder's API answers again");
    }

    var listed = await app.GetAsync("/api/backups", cancellationToken);
    Check(listed.GetProperty("backups").GetArrayLength() == 2, "GET /api/backups lists both sets");
    AnsiConsole.MarkupLine(CultureInfo.InvariantCulture, "took {0:0} s", watch.Elapsed.TotalSeconds);
}

static async Task<JsonElement> BackUpAsync(AppProcess app, string label, CancellationToken cancellationToken)
{
    var accepted = await app.PostAsync("/api/backups", new { label }, cancellationToken);
    var id = accepted.GetProperty("id").GetString()!;
    AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"  POST /api/backups → 202, operation {id}");
    var ended = await OperationProgress.ShowAsync((seen, timeout) => app.WaitForOperationAsync(id, timeout, seen, cancellationToken));
    return ended.GetProperty("state").GetString() == "succeeded"
        ? await app.GetAsync($"/api/backups/{accepted.GetProperty("subject").GetString()}", cancellationToken)
        : throw new DemoFailedException($"the backup {ended.GetProperty("state").GetString()}: {ended.GetProperty("error").GetString()}");
}

static string? DigestOf(JsonElement set) => set.GetProperty("databases")[0].GetProperty("fingerprintDigest").GetString();

static void Check(bool holds, string what)
{
    AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"  {(holds ? "✓" : "✗")} {what}");
    if (!holds)
    {
        throw new DemoFailedException($"not so: {what}");
    }
}
