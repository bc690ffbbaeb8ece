namespace BuilderDrFunctions.Benchmarks.Mirror;

/// <summary>What one worker process measured of itself.</summary>
/// <param name="Seconds">Wall time of the difference.</param>
/// <param name="PeakMegabytes">The process's peak resident memory.</param>
/// <param name="Objects">Objects compared.</param>
/// <param name="ToFetch">Objects found new or changed.</param>
internal sealed record WorkerFigures(double Seconds, double PeakMegabytes, long Objects, long ToFetch);
