namespace BuilderDrFunctions.Catalog;

/// <summary>Tells what is dated in the future: a clock was wrong, or is, and such a date says nothing of age, nor of what came last.</summary>
public static class ClockRule
{
    /// <summary>How far the clocks of one installation may lie apart.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Whether a moment is of the future.</summary>
    public static bool IsAhead(DateTimeOffset at, DateTimeOffset now) => at - now > Tolerance;

    /// <summary>Whether a set is, by its label or by its recovery point: the clock may have been put right between the two.</summary>
    public static bool IsAhead(BackupManifest set, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(set);
        return IsAhead(new BackupLabel(set.Label).At, now) || IsAhead(set.RecoveryPoint, now);
    }
}
