using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;

namespace BuilderDrFunctions.Benchmarks.Dump;

/// <summary>A dump in a process of its own, so that its peak memory is nothing but the dump's.</summary>
internal static class DumpChild
{
    /// <summary>The word that makes this program the child.</summary>
    public const string Word = "dump-child";

    private const string Password = "BENCH_PASSWORD";
    private static readonly TimeSpan WatchPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Starts the child with a temporary folder of its own, watches that folder, and gives what both tell.</summary>
    public static async Task<ChildFigures> MeasureAsync(PostgresEndpoint endpoint, string database, TemporaryFolder folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder["tmp"]);
        string[] arguments = [Word, endpoint.Host, $"{endpoint.Port}", endpoint.Username, endpoint.Tools, database, folder["vault"]];
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { [Password] = endpoint.Password, ["TMPDIR"] = folder["tmp"] },
        };
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEndAsync(cancellationToken);
        var ended = child.WaitForExitAsync(cancellationToken);
        var largest = 0L;
        do
        {
            largest = Math.Max(largest, ChainFigures.LargestIn(folder["tmp"]));
        }
        while (await Task.WhenAny(ended, Task.Delay(WatchPause, cancellationToken)) != ended);
        await ended;

        var figures = child.ExitCode == 0 ? JsonSerializer.Deserialize<ChildFigures>(await output) : throw new InvalidOperationException($"the child ended with exit code {child.ExitCode}");
        return figures! with { LargestTemporaryBytes = largest };
    }

    /// <summary>What the child does: dumps, and prints its figures.</summary>
    public static async Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var endpoint = new PostgresEndpoint
        {
            Host = arguments[1],
            Port = int.Parse(arguments[2], CultureInfo.InvariantCulture),
            Username = arguments[3],
            Password = Environment.GetEnvironmentVariable(Password) ?? "",
            Tools = arguments[4],
        };
        var facts = await DumpBench.DumpAsync(endpoint, arguments[5], arguments[6], DumpCompression.Zstd, cancellationToken);
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new ChildFigures(facts.ArchiveBytes, await ChainFigures.PeakBytesAsync(Environment.ProcessId, cancellationToken), 0)));
        return 0;
    }
}

/// <summary>What a child measured.</summary>
internal sealed record ChildFigures(long ArchiveBytes, long PeakBytes, long LargestTemporaryBytes);
