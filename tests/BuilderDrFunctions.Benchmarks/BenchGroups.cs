using BuilderDrFunctions.Benchmarks.Dump;
using BuilderDrFunctions.Benchmarks.Merge;
using BuilderDrFunctions.Benchmarks.Mirror;
using BuilderDrFunctions.Benchmarks.Restore;
using BuilderDrFunctions.Benchmarks.Runtime;

namespace BuilderDrFunctions.Benchmarks;

/// <summary>The groups, in the order in which they run.</summary>
internal static class BenchGroups
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<IBenchGroup> All { get; } =
    [
        new DumpBench(),
        new RuntimeBench(),
        new MirrorBench(),
        new RestoreBench(),
        new MergeBench(),
    ];
}
