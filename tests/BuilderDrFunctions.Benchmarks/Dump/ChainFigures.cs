using System.Globalization;
using BuilderDrFunctions.Sandbox;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Processes;

namespace BuilderDrFunctions.Benchmarks.Dump;

/// <summary>A whole backup of a large Builder by the app as a process, asked for over HTTP: its memory, its temporary files, the API's downtime.</summary>
/// <param name="ArchiveBytes">The dump as pg_restore reads it.</param>
/// <param name="PeakBytes">The app's peak resident memory, as the kernel counts it.</param>
/// <param name="LargestTemporaryBytes">The largest file seen in the app's temporary folder.</param>
/// <param name="DumpSeconds">How long the dump took.</param>
/// <param name="DownSeconds">How long the API was down.</param>
internal sealed record ChainFigures(long ArchiveBytes, long PeakBytes, long LargestTemporaryBytes, double DumpSeconds, double DownSeconds)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20);

    /// <summary>Starts a sandbox of twice the large size, backs it up, and stops everything.</summary>
    public static async Task<ChainFigures> MeasureAsync(CancellationToken cancellationToken)
    {
        await using var sandbox = await BuilderSandbox.StartAsync(
            new SandboxOptions { Size = DataSize.Large with { Artifacts = 500 }, VaultInMemory = false }, cancellationToken);
        await sandbox.Postgres.ExecuteAsync("builder", "CREATE TABLE origin_packages_again AS TABLE origin_packages", cancellationToken);
        using var temporary = new TemporaryFolder("chain-bench");
        var settings = new Dictionary<string, string>(sandbox.AppSettings, StringComparer.Ordinal)
        {
            ["TMPDIR"] = temporary.FullPath,
            // The nightly timer must not fire into the measurement.
            ["Schedules__Backup"] = "0 0 0 1 1 *",
        };
        await using var app = await AppProcess.StartNewAsync(AppProcess.BuiltProgram, settings, sandbox.Secrets, cancellationToken);
        var accepted = await app.PostAsync("/api/backups", new { label = "bench" }, cancellationToken);
        var largest = 0L;
        var operation = await app.WaitForOperationAsync(
            accepted.GetProperty("id").GetString()!, Longest, _ => largest = Math.Max(largest, LargestIn(temporary.FullPath)), cancellationToken);
        if (operation.GetProperty("state").GetString() is not "succeeded")
        {
            throw new InvalidOperationException($"the backup did not succeed: {operation}");
        }

        var set = await app.GetAsync($"/api/backups/{operation.GetProperty("result").GetProperty("label").GetString()}", cancellationToken);
        var dump = set.GetProperty("databases")[0];
        return new ChainFigures(
            dump.GetProperty("archiveBytes").GetInt64(), await PeakBytesAsync(app.Id, cancellationToken), largest, dump.GetProperty("seconds").GetDouble(),
            set.GetProperty("api").GetProperty("downSeconds").GetDouble());
    }

    /// <summary>A process's high-water mark of resident memory, as <c>/usr/bin/time -v</c> tells it.</summary>
    public static async Task<long> PeakBytesAsync(int processId, CancellationToken cancellationToken)
    {
        var lines = await File.ReadAllLinesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/status"), cancellationToken);
        var peak = lines.First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(peak.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>The size of the largest file below a folder.</summary>
    public static long LargestIn(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Select(file => file.Length).DefaultIfEmpty(0).Max();
}
