namespace BuilderDrFunctions.Benchmarks;

/// <summary>A group of measurements that <c>make bench ONLY=name</c> runs alone.</summary>
internal interface IBenchGroup
{
    /// <summary>Such as <c>dump</c>; the <c>group</c> of its figures.</summary>
    string Name { get; }

    /// <summary>Measures and reports each figure as soon as it is known. An exception fails the run.</summary>
    Task RunAsync(BenchReport report, CancellationToken cancellationToken);
}
