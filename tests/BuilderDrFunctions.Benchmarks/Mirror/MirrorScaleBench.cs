using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;

namespace BuilderDrFunctions.Benchmarks.Mirror;

/// <summary>The difference of 10,000 to 1,000,000 generated objects: time, memory, and whether the cost is linear.</summary>
internal static class MirrorScaleBench
{
    private static readonly int[] Counts = [10_000, 100_000, 1_000_000];

    /// <summary>A run over few objects lasts about a second, and whatever else the machine does weighs on it: the quickest of some counts.</summary>
    private const int TurnsOfFew = 3;

    public static async Task RunAsync(BenchReport report, CancellationToken cancellationToken)
    {
        List<(int Count, WorkerFigures First, WorkerFigures Unchanged)> rows = [];
        foreach (var count in Counts)
        {
            using var folder = new TemporaryFolder("scale");
            using var server = Start("serve", Text(count));
            var endpoint = await server.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("the listing's server did not start");
            var first = await BestAsync(count, turn => DifferAsync(cancellationToken, endpoint, folder.FullPath, "first" + turn));
            await RunAsync(cancellationToken, "base", Text(count), folder.FullPath, "base");
            var unchanged = await BestAsync(count, turn => DifferAsync(cancellationToken, endpoint, folder.FullPath, "unchanged" + turn, "base"));
            server.StandardInput.Close();
            await server.WaitForExitAsync(cancellationToken);
            if (first.ToFetch != count || unchanged.ToFetch != 0)
            {
                throw new InvalidOperationException($"{first.ToFetch} and {unchanged.ToFetch} to fetch of {count}");
            }

            report.Inform($"first difference of {count:N0} objects", first.Seconds, "s");
            report.Inform($"no-change difference of {count:N0} objects", unchanged.Seconds, "s");
            rows.Add((count, first, unchanged));
        }

        var (small, large) = (rows[1], rows[^1]);
        report.AtMost("peak memory, first difference of 1,000,000", large.First.PeakMegabytes, "MB", 300);
        report.AtMost("peak memory, no-change difference of 1,000,000", large.Unchanged.PeakMegabytes, "MB", 300);
        // Linear within the noise of a shared machine: per object, a million may cost a quarter more than a hundred thousand.
        report.AtMost("cost per object, 1,000,000 against 100,000, first", PerObject(large.First) / PerObject(small.First), "ratio", 1.25);
        report.AtMost("cost per object, 1,000,000 against 100,000, no change", PerObject(large.Unchanged) / PerObject(small.Unchanged), "ratio", 1.25);
    }

    private static double PerObject(WorkerFigures figures) => figures.Seconds / figures.Objects;

    private static async Task<WorkerFigures> BestAsync(int count, Func<string, Task<WorkerFigures>> run)
    {
        List<WorkerFigures> turns = [];
        for (var turn = 0; turn < (count < Counts[^1] ? TurnsOfFew : 1); turn++)
        {
            turns.Add(await run(Text(turn)));
        }

        return turns.MinBy(figures => figures.Seconds)!;
    }

    private static async Task<WorkerFigures> DifferAsync(CancellationToken cancellationToken, params string[] args)
        => JsonSerializer.Deserialize<WorkerFigures>(await RunAsync(cancellationToken, ["difference", .. args]))
            ?? throw new InvalidOperationException("the worker gave no figures");

    private static async Task<string> RunAsync(CancellationToken cancellationToken, params string[] args)
    {
        using var worker = Start(args);
        var output = await worker.StandardOutput.ReadToEndAsync(cancellationToken);
        await worker.WaitForExitAsync(cancellationToken);
        return worker.ExitCode == 0 ? output : throw new InvalidOperationException($"the worker '{args[0]}' ended with exit code {worker.ExitCode}");
    }

    private static Process Start(params string[] args)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [MirrorWorker.Command, .. args]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        return Process.Start(start) ?? throw new InvalidOperationException("the worker did not start");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
