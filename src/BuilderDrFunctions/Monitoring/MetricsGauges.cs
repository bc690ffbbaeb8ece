using System.Diagnostics.Metrics;

namespace BuilderDrFunctions.Monitoring;

/// <summary>The figures of all sites as OpenTelemetry gauges; they show what the last gathering put in.</summary>
public sealed class MetricsGauges : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "BuilderDr";

    private readonly Meter _meter = new(MeterName);
    private IReadOnlyList<Figure> _figures = [];

    /// <summary>Makes the instruments. Units: seconds, bytes, or none for counts and for 0 and 1.</summary>
    public MetricsGauges()
    {
        Add("builder_dr.sets", null, "Committed backup sets");
        Add("builder_dr.sets.damaged", null, "Of these, newer than the newest one that can be read: those that cannot");
        Add("builder_dr.last_success.age", "s", "Since the newest set that can be read was committed");
        Add("builder_dr.recovery_point.age", "s", "Since the moment that the newest set shows");
        Add("builder_dr.recovery_point.objective", "s", "How old that may become");
        Add("builder_dr.copy.recovery_point.age", "s", "The same in the second vault, where there is one");
        Add("builder_dr.set.size", "By", "Of the newest set, its artifacts included");
        Add("builder_dr.set.dump.size", "By", "Of the newest set's dumps as stored");
        Add("builder_dr.set.artifacts", null, "Artifacts of the newest set");
        Add("builder_dr.set.complete", null, "1: every package of the newest set has its artifact");
        Add("builder_dr.set.warnings", null, "Warnings of the newest set");
        Add("builder_dr.backup.duration", "s", "Of the newest set's run");
        Add("builder_dr.backup.api_down", "s", "For how long the newest set's run kept the API down");
        Add("builder_dr.run.succeeded", null, "1: the last ended run of that kind did what it was asked, and found nothing wrong");
        Add("builder_dr.run.duration", "s", "Of the last ended run of that kind");
        Add("builder_dr.run.age", "s", "Since the last run of that kind ended");
        Add("builder_dr.drill.recovery_time", "s", "How long a recovery takes, as the last drill measured it");
        Add("builder_dr.operations.running", null, "Runs of that kind under way");
    }

    /// <summary>Shows other figures from now on.</summary>
    public void Show(IReadOnlyList<Figure> figures) => _figures = figures;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void Add(string name, string? unit, string description) =>
        _meter.CreateObservableGauge(name, () => _figures.Where(figure => figure.Name == name).Select(figure => figure.Measured), unit, description);
}

/// <summary>One figure.</summary>
/// <param name="Name">Of the instrument.</param>
/// <param name="Value">In the instrument's unit.</param>
/// <param name="Site">Of which Builder.</param>
/// <param name="Kind">Of which kind of run.</param>
public sealed record Figure(string Name, double Value, string Site, string? Kind = null)
{
    internal Measurement<double> Measured => Kind is null
        ? new Measurement<double>(Value, KeyValuePair.Create("site", (object?)Site))
        : new Measurement<double>(Value, KeyValuePair.Create("site", (object?)Site), KeyValuePair.Create("kind", (object?)Kind));
}
