using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.Benchmarks.Dump;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.Benchmarks.Restore;

/// <summary>
/// A Builder with more than 200,000 packages restored on a new machine, from the request until its API answers: database with its proof, artifacts, services;
/// against the documented <c>pg_restore</c> with two workers alone, from a local file.
/// </summary>
internal sealed class RestoreBench : IBenchGroup
{
    private const string Database = "builder";
    private const string Reference = "builder_by_pg_restore";
    private const int Rounds = 3;

    // a database of more than 1 GB
    private const int Packages = 210_000;
    private const int Artifacts = 500;
    private const double Megabyte = 1e6;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20);

    public string Name => "restore";

    public async Task RunAsync(BenchReport report, CancellationToken cancellationToken)
    {
        await using var builder = await BuilderSandbox.StartAsync(
            new SandboxOptions { Size = new DataSize(Packages, Artifacts), VaultInMemory = false }, cancellationToken);
        await using var machines = await NewMachines.StartAsync(builder, Rounds + 1, cancellationToken);
        await using var app = await AppProcess.StartNewAsync(AppProcess.BuiltProgram, machines.AppSettings, builder.Secrets, cancellationToken);
        using var folder = new TemporaryFolder("restore-bench");
        await RunToolAsync(builder.Postgres, "pg_dump", $"--format=custom --file='{folder["builder.dump"]}' {Database}", cancellationToken);
        var backup = await EndAsync(app, await app.PostAsync("/api/backups", new { site = "main", label = "bench" }, cancellationToken), cancellationToken);
        var label = backup.GetProperty("result").GetProperty("label").GetString();
        var source = await DigestAsync(builder.Postgres, cancellationToken);

        var (reference, candidate) = (0, 0);
        var restores = new List<JsonElement>();
        var times = await Interleaved.RunAsync(
            Rounds,
            async token =>
            {
                var cluster = machines[reference++].Postgres;
                await cluster.CreateDatabaseAsync(Reference, token);
                await RunToolAsync(cluster, "pg_restore", $"--jobs=2 --exit-on-error --no-owner --dbname={Reference} '{folder["builder.dump"]}'", token);
            },
            async token =>
            {
                var site = machines[candidate++].Site;
                var asked = new { site, source = "main", backup = label, mode = "replace", confirm = site, parts = (string[])["database", "artifacts"], acceptLosses = true };
                restores.Add(await EndAsync(app, await app.PostAsync("/api/restores", asked, token), token));
            },
            cancellationToken);
        var last = machines[candidate - 1];
        if (await DigestAsync(last.Postgres, cancellationToken) != source)
        {
            throw new InvalidOperationException("the restored database differs from its source");
        }

        report.Inform("database", await SizeAsync(last.Postgres, cancellationToken) / Megabyte, "MB");
        report.AtLeast("artifacts in the new bucket, each checked by its digest", restores[^1].GetProperty("result").GetProperty("artifacts").GetProperty("copied").GetInt64(), "artifacts", Artifacts);
        report.Inform("pg_restore -j2 from a local file, median", times.Reference, "s");
        report.Inform("restore on a new machine until the API answers, median", times.Candidate, "s");
        foreach (var step in restores[^1].GetProperty("steps").EnumerateArray())
        {
            report.Inform($"the last one's step '{step.GetProperty("phase").GetString()}'", (step.GetProperty("endedAt").GetDateTimeOffset() - step.GetProperty("begunAt").GetDateTimeOffset()).TotalSeconds, "s");
        }

        report.Inform("the app's peak resident memory", await ChainFigures.PeakBytesAsync(app.Id, cancellationToken) / Megabyte, "MB");
        report.AtMost("restored, proved and answering: time by pg_restore's", times.Ratio, "ratio", 1.15);
    }

    private static async Task<JsonElement> EndAsync(AppProcess app, JsonElement accepted, CancellationToken cancellationToken)
    {
        var operation = await app.WaitForOperationAsync(accepted.GetProperty("id").GetString()!, Longest, null, cancellationToken);
        return operation.GetProperty("state").GetString() is "succeeded"
            ? operation
            : throw new InvalidOperationException($"the operation did not succeed: {operation}\n{app.Log}");
    }

    private static async Task<string> DigestAsync(PostgresCluster cluster, CancellationToken cancellationToken)
    {
        var server = new PostgresServer(
            new PostgresEndpoint { Host = cluster.Host, Port = cluster.Port, Username = cluster.Username, Password = cluster.Password, Tools = cluster.ToolsFolder }, host: null);
        return (await server.FingerprintAsync(Database, algorithm: null, cancellationToken)).Digest;
    }

    private static async Task<double> SizeAsync(PostgresCluster cluster, CancellationToken cancellationToken)
    {
        await using var connection = await cluster.OpenAsync(Database, cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT pg_database_size(current_database())";
        return Convert.ToDouble(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    private static async Task RunToolAsync(PostgresCluster cluster, string tool, string arguments, CancellationToken cancellationToken) =>
        await Tool.RunAsync(
            new ServerCommand(tool, "sh", "-c", $"exec '{cluster.ToolsFolder}/{tool}' --host={cluster.Host} --port={cluster.Port} --username={cluster.Username} {arguments}")
            {
                Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["PGPASSWORD"] = cluster.Password },
            },
            cancellationToken);
}
