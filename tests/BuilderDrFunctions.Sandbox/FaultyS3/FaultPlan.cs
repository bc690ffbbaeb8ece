namespace BuilderDrFunctions.Sandbox.FaultyS3;

/// <summary>Decides which requests fail, and how.</summary>
/// <param name="share">Of all requests, 0 to 1.</param>
/// <param name="seed">Draws the same faults on every run, as far as the requests come in the same order.</param>
/// <param name="kinds">The faults to draw from.</param>
public sealed class FaultPlan(double share, int seed, params S3Fault[] kinds)
{
    private readonly Random _random = new(seed);
    private readonly Lock _lock = new();

    /// <summary>No fault ever.</summary>
    public static FaultPlan None { get; } = new(0, 0);

    /// <summary>Every kind of fault.</summary>
    public static S3Fault[] AllKinds { get; } = [.. Enum.GetValues<S3Fault>().Where(kind => kind != S3Fault.None)];

    /// <summary>Faults drawn so far.</summary>
    public int Drawn { get; private set; }

    /// <summary>The next request's fate.</summary>
    public S3Fault Next()
    {
        lock (_lock)
        {
            // Chance of a test, not of a secret.
#pragma warning disable CA5394
            if (kinds.Length == 0 || _random.NextDouble() >= share)
            {
                return S3Fault.None;
            }

            Drawn++;
            return kinds[_random.Next(kinds.Length)];
#pragma warning restore CA5394
        }
    }
}
