using System.Globalization;
using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Spans of time as an operator says them.</summary>
internal static class Ages
{
    /// <summary>Two figures at most: <c>45 s</c>, <c>12 min</c>, <c>26 h</c>, <c>8.5 d</c>.</summary>
    public static string Say(TimeSpan span) => span switch
    {
        // Clocks may lie a little apart.
        { Ticks: < 0 } => "0 s",
        { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0} s"),
        { TotalMinutes: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.#} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0.#} d"),
    };

    /// <summary>How long ago a moment was; null where that is not known: there is none, or it is dated in the future.</summary>
    public static double? Seconds(DateTimeOffset? at, DateTimeOffset now) => at is { } then && !ClockRule.IsAhead(then, now) ? Math.Round((now - then).TotalSeconds) : null;
}
