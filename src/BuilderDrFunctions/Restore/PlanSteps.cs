namespace BuilderDrFunctions.Restore;

/// <summary>Puts a plan into sentences, with the time each takes.</summary>
internal static class PlanSteps
{
    // Measured on two quiet cores with the sandbox's large set (make bench, group restore): a database of 210,000 packages, small artifacts on loopback.
    private const double ArchiveBytesPerSecond = 40e6;
    private const double CheckBytesPerSecond = 150e6;
    private const double ObjectsPerSecond = 300;
    private const double ObjectBytesPerSecond = 60e6;
    private const double SwapSeconds = 10;

    /// <summary>The steps of a restore in that mode; a plan's are those of a replacement.</summary>
    public static IReadOnlyList<PlanStep> Of(RestoreMode mode, RestorePlan plan)
    {
        var steps = new List<PlanStep>();
        foreach (var database in plan.Databases)
        {
            steps.Add(new PlanStep($"read dump '{database.Name}' and compare its SHA-256", database.StoredBytes, Seconds(database.StoredBytes / CheckBytesPerSecond)));
            steps.Add(new PlanStep(
                $"restore it into a new database '{database.Restoring}' ({(database.Staged ? "staged, several workers" : "streamed, one worker")}) and compare every table's fingerprint",
                database.ArchiveBytes, Seconds(database.ArchiveBytes / ArchiveBytesPerSecond)));
        }

        if (plan.CreatesBucket)
        {
            steps.Add(new PlanStep("make the bucket, which is not there yet", 0, 1));
        }

        if (plan.Artifacts is { } artifacts)
        {
            steps.Add(new PlanStep(
                $"copy {artifacts.ToCopy} of {artifacts.Objects} artifacts back, those that are missing or differ", artifacts.ToCopyBytes,
                Seconds(Math.Max(artifacts.ToCopy / ObjectsPerSecond, artifacts.ToCopyBytes / ObjectBytesPerSecond))));
        }
        else if (plan.Parts.Contains(RestorePart.Artifacts))
        {
            steps.Add(new PlanStep("copy back the artifacts that are missing or differ", 0, 0));
        }

        if (mode == RestoreMode.Scratch)
        {
            steps.AddRange(plan.Databases.Select(database => new PlanStep($"rename '{database.Restoring}' to '{database.Target}'", 0, 0)));
            return steps;
        }

        if (plan.KeyFiles > 0)
        {
            steps.Add(new PlanStep($"write {plan.KeyFiles} files of keys to the host, and put the set's configuration beside", 0, 1));
        }

        AddSwap(steps, plan);
        if (plan.Artifacts is { PrunePath: not null, Extra: > 0 } pruned)
        {
            steps.Add(new PlanStep($"remove {pruned.Extra} objects from the bucket that the set has not", 0, Seconds(pruned.Extra / ObjectsPerSecond)));
        }

        return steps;
    }

    private static void AddSwap(List<PlanStep> steps, RestorePlan plan)
    {
        if (plan.Databases.Count == 0)
        {
            return;
        }

        if (plan.StopsApi)
        {
            steps.Add(new PlanStep("stop the API", 0, SwapSeconds));
        }

        steps.AddRange(plan.Databases.Select(database => new PlanStep(
            (database.Before is null ? "" : $"rename '{database.Target}' to '{database.Before}', ") + $"rename '{database.Restoring}' to '{database.Target}'", 0, 1)));
        steps.Add(new PlanStep("restart memcached and the proxy, start the API, wait for its answer", 0, SwapSeconds));
    }

    private static double Seconds(double seconds) => Math.Round(seconds, 1);
}
