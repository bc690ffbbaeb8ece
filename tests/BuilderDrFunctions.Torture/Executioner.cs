using System.Diagnostics;
using System.Globalization;

namespace BuilderDrFunctions.Torture;

/// <summary>Starts the runtime over and over and kills it at random instants, then lets it finish and looks at what is left.</summary>
internal sealed class Executioner(string folder, int seed, TextWriter output)
{
    /// <summary>From before the state file is opened to well into the work: a life is about 0.3 s of start and then work.</summary>
    private const int LongestLifeMilliseconds = 1200;

    private static readonly TimeSpan FinishLimit = TimeSpan.FromMinutes(3);

    /// <summary>Kills so many lives, then looks.</summary>
    /// <returns>What is wrong afterwards; empty when all is well.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(int kills, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync($"torture: {kills} kills, seed {seed}");
#pragma warning disable CA5394 // the instants must be repeatable, not secret
        var random = new Random(seed);
        var killed = 0;
        for (var life = 0; killed < kills; life++)
        {
            using var process = Start(life, finish: false);
            var untilKill = TimeSpan.FromMilliseconds(random.Next(50, LongestLifeMilliseconds));
#pragma warning restore CA5394
            await Task.Delay(untilKill, TimeProvider.System, cancellationToken);
            if (process.HasExited)
            {
                return [$"life {life} ended by itself with exit code {process.ExitCode}"];
            }

            process.Kill();
            await process.WaitForExitAsync(cancellationToken);
            killed++;
        }

        using var last = Start(int.MaxValue, finish: true);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(FinishLimit);
        try
        {
            await last.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            last.Kill();
            return [$"the last life did not finish within {FinishLimit}", .. Evidence.Unfinished(folder)];
        }

        var faults = last.ExitCode == 0 ? [] : new List<string> { $"the last life ended with exit code {last.ExitCode}" };
        var evidence = new Evidence(folder);
        faults.AddRange(evidence.Faults());
        await output.WriteLineAsync(evidence.Summary);
        return faults;
    }

    private Process Start(int life, bool finish)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "BuilderDrFunctions.Torture.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet");
        foreach (var argument in new[] { program, "child", folder, life.ToString(CultureInfo.InvariantCulture), finish ? "finish" : "go" })
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
