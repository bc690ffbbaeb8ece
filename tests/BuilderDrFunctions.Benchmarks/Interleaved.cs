using System.Diagnostics;

namespace BuilderDrFunctions.Benchmarks;

/// <summary>Times two ways of doing the same in turns (A B A B …), so that whatever else slows the machine slows both.</summary>
internal static class Interleaved
{
    /// <summary>Runs each way <paramref name="rounds"/> times after one untimed round that warms caches and the JIT.</summary>
    public static async Task<InterleavedResult> RunAsync(
        int rounds, Func<CancellationToken, Task> reference, Func<CancellationToken, Task> candidate, CancellationToken cancellationToken)
    {
        await reference(cancellationToken);
        await candidate(cancellationToken);
        var references = new List<double>();
        var candidates = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            references.Add(await SecondsAsync(reference, cancellationToken));
            candidates.Add(await SecondsAsync(candidate, cancellationToken));
        }

        return new InterleavedResult(references, candidates);
    }

    private static async Task<double> SecondsAsync(Func<CancellationToken, Task> way, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        await way(cancellationToken);
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}

/// <summary>What the rounds took, in seconds.</summary>
internal sealed record InterleavedResult(IReadOnlyList<double> References, IReadOnlyList<double> Candidates)
{
    /// <summary>Median of the reference.</summary>
    public double Reference => Median(References);

    /// <summary>Median of the candidate.</summary>
    public double Candidate => Median(Candidates);

    /// <summary>Median of the rounds' own ratios: candidate by reference of the same round.</summary>
    public double Ratio => Median([.. References.Zip(Candidates, (reference, candidate) => candidate / reference)]);

    private static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
