using System.Globalization;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;

namespace BuilderDrFunctions.Monitoring;

/// <summary>What health checks find wrong, DR900x. Not thrown: each is a check's finding.</summary>
public static class HealthFaults
{
    /// <summary>The number of a missed recovery point objective: its notification is an event of its own.</summary>
    public const string ObjectiveMissedCode = "DR9001";

    /// <summary>The number of a missed recovery time objective, likewise.</summary>
    public const string RecoveryTimeMissedCode = "DR9010";

    private const string RunFailedCode = "DR9003";

    /// <summary>There is no committed set at all.</summary>
    public static FaultException NoSet(string site) =>
        new PermanentFaultException("DR9000", $"site '{site}' has no backup set", "start one with POST /api/backups, or 'builder-dr backup'");

    /// <summary>The newest recovery point is too old.</summary>
    public static FaultException ObjectiveMissed(string site, TimeSpan age, TimeSpan objective) =>
        new PermanentFaultException(
            ObjectiveMissedCode, $"the newest recovery point of site '{site}' is {Ages.Say(age)} old, and the objective is {Ages.Say(objective)}",
            "look why the last backups failed or did not run, then start one with POST /api/backups");

    /// <summary>The newest set has warnings.</summary>
    public static FaultException SetHasWarnings(string label, IReadOnlyList<string> warnings) =>
        new PermanentFaultException("DR9002", $"the newest set {label} is not all it could be: {string.Join("; ", warnings)}", "mend what is named and back up again");

    /// <summary>The last run of a kind failed.</summary>
    public static FaultException LastRunFailed(EndedRun run) =>
        new PermanentFaultException(
            RunFailedCode, $"the last {Noun(run.Kind)} of site '{run.Site}', {run.Id}, failed: {run.Error?.Split("\nHINT: ")[0] ?? "it did not say why"}",
            run.Error?.Split("\nHINT: ") is [_, var hint] ? hint : "GET /api/operations/{id} tells more");

    /// <summary>Verifications or drills are overdue.</summary>
    public static FaultException Overdue(string kind, string site, TimeSpan? age, TimeSpan limit) =>
        new PermanentFaultException(
            "DR9004",
            age is { } old ? $"the last {Noun(kind)} of site '{site}' ended {Ages.Say(old)} ago, and {Ages.Say(limit)} are allowed" : $"no {Noun(kind)} of site '{site}' has ended within {Ages.Say(limit)} of its first set",
            kind == "drill" ? "start one with POST /api/drills, and look at Schedules__Drill" : "start one with POST /api/backups/{id}/verify, and look at Schedules__Verify");

    /// <summary>The API is down and no run holds it.</summary>
    public static FaultException ApiDown(string site, string what) =>
        new PermanentFaultException("DR9005", $"the API of site '{site}' {what}", $"look at it with 'hab svc status' on the Builder host, and start it with '{HabitatFaults.StartByHand}', or, where it is not loaded, '{HabitatFaults.LoadByHand}'");

    /// <summary>A stopped API waits for its start, and the run that stopped it will not do it.</summary>
    public static FaultException RestartOwed(string site, string operationId, DateTimeOffset stoppedAt) =>
        new PermanentFaultException(
            "DR9006", $"operation {operationId} stopped the API of site '{site}' at {stoppedAt:u} and will not start it again",
            $"the watchdog tries every minute; if it stays so, start it by hand with '{HabitatFaults.StartByHand}'");

    /// <summary>The nightly backup did not begin when it was due.</summary>
    public static FaultException ScheduleDead(string site, DateTimeOffset due) =>
        new PermanentFaultException(
            "DR9007", $"the backup of site '{site}' that was due at {due:u} did not begin", "check that the app runs, that function NightlyBackup is enabled, and Schedules__Backup");

    /// <summary>The nightly backup was passed over, because another operation held the site.</summary>
    public static FaultException ScheduleSkipped(string site, DateTimeOffset due, string holder) =>
        new PermanentFaultException(
            "DR9007", $"the backup of site '{site}' that was due at {due:u} did not begin, because {holder} held the site",
            "start one with POST /api/backups once that has ended; if it happens again, let Schedules__Backup and the other schedules lie further apart");

    /// <summary>A check did not end in time.</summary>
    public static FaultException ProbeTimedOut(TimeSpan limit) =>
        new TransientFaultException("DR9008", $"the check did not end within {Ages.Say(limit)}", "something it asks does not answer: Builder host, database, bucket or vault");

    /// <summary>A check failed with something that has no number of its own.</summary>
    public static FaultException ProbeFailed(string what) =>
        new TransientFaultException("DR9009", $"the check could not be done: {FaultText.OneLine(what)}", "look at the log around this time");

    /// <summary>The last drill took longer than the objective for the recovery time.</summary>
    public static FaultException RecoveryTimeMissed(string site, string what) =>
        new PermanentFaultException(RecoveryTimeMissedCode, $"the last drill of site '{site}' missed its objective: {what}", "restore with more workers or on faster disks, or set another Objectives__Rto");

    /// <summary>The newest set lacks artifacts, or has corrupt ones.</summary>
    public static FaultException SetIncomplete(string label, IReadOnlyList<string> warnings) =>
        new PermanentFaultException(
            "DR9011", $"set {label} is incomplete, and what is restored from it would be: {string.Join("; ", warnings)}",
            "GET /api/backups/{id}/reconcile names the artifacts; mend the bucket with 'builder-dr repair' and the command that it ends with, upload to Builder again what no set holds, or delete it there, and back up again");

    /// <summary>The newest sets cannot be read.</summary>
    public static FaultException NewestDamaged(string site, IReadOnlyList<DamagedSet> damaged, TimeSpan? age, TimeSpan objective) =>
        new PermanentFaultException(
            "DR9012",
            $"the newest set of site '{site}', {damaged[0].Label}, cannot be read ({damaged[0].Code}: {damaged[0].What}){(damaged.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $", nor {damaged.Count - 1} before it") : "")}; "
            + (age is { } old ? $"the newest recovery point that can be is {Ages.Say(old)} old, and the objective is {Ages.Say(objective)}" : "no other set can be"),
            "back up again with POST /api/backups, and look at what changed the vault; a second copy may still have the set");

    /// <summary>The second vault has no set, or none that is new enough.</summary>
    public static FaultException CopyBehind(string site, TimeSpan? age, TimeSpan objective) =>
        new PermanentFaultException(
            "DR9013",
            age is { } old
                ? $"the newest recovery point of site '{site}' in the second vault is {Ages.Say(old)} old, and the objective is {Ages.Say(objective)}"
                : $"the second vault has no backup set of site '{site}'",
            "the result of the last backup, GET /api/operations/{id}, says under 'copy' what kept its set from it; the next backup brings what is lacking");

    /// <summary>The second vault's newest set cannot be read.</summary>
    public static FaultException CopyDamaged(string site, DamagedSet damaged) =>
        new PermanentFaultException(
            "DR9014", $"the newest set of site '{site}' in the second vault, {damaged.Label}, cannot be read ({damaged.Code}: {damaged.What})",
            "look at what changed that vault, then verify the set with POST /api/backups/{id}/verify, which copies again what is damaged there");

    /// <summary>The last verification found the first vault's set as it was written, and not the second one's.</summary>
    public static FaultException CopyNotMended(EndedRun run, string what) =>
        new PermanentFaultException(
            "DR9015", $"the last verification of site '{run.Site}', {run.Id}, passed, but {what}",
            "look at the second vault's disk or account, then verify again with POST /api/backups/{id}/verify, which copies again what is damaged there");

    /// <summary>The spare was never restored, or shows what is too old.</summary>
    public static FaultException SpareBehind(string spare, string source, TimeSpan? age, TimeSpan limit) =>
        new PermanentFaultException(
            "DR9016",
            age is { } old
                ? $"the spare '{spare}' shows site '{source}' as it was {Ages.Say(old)} ago, and {Ages.Say(limit)} are allowed"
                : $"the spare '{spare}' was not yet restored to a set of site '{source}'",
            "it gets the newest complete set that a verification passed, at Schedules__Spare: verify one with POST /api/backups/{id}/verify, and look at how the spare's last restore ended; "
            + "where the spare is in use by now, take Spare__Site and Spare__Source out of the settings");

    /// <summary>Settings that stand for nothing.</summary>
    public static FaultException SettingsUnread(IReadOnlyList<string> names) =>
        new PermanentFaultException(
            "DR9018", $"nothing reads {(names.Count == 1 ? "the setting" : "these settings")}: {string.Join(", ", names)}",
            "correct the name as docs/settings.md has it, or take it out; then restart the app");

    /// <summary>What is judged by its age is dated in the future.</summary>
    /// <param name="what">What it is, such as the newest set.</param>
    /// <param name="at">Its date.</param>
    /// <param name="now">The present.</param>
    /// <param name="remedy">What to do with it once the clock is right.</param>
    public static FaultException FutureDated(string what, DateTimeOffset at, DateTimeOffset now, string remedy) =>
        new PermanentFaultException(
            "DR9017",
            $"{what} is dated {at:u}, which is {Ages.Say(at - now)} in the future: the clock was wrong then, or is wrong now, and what is said of ages, of the newest set and of what expires cannot be trusted",
            $"set the clock of the app's machine right ('timedatectl' tells how it stands), back up again, and name sets by their ids when you restore; {remedy}");

    /// <summary>The same of a site's newest set.</summary>
    public static FaultException FutureDated(BackupManifest set, string vault, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(set);
        var label = new BackupLabel(set.Label);
        return FutureDated(
            $"the newest set of site '{set.Site}'{vault}, {set.Label},", set.RecoveryPoint > label.At ? set.RecoveryPoint : label.At, now,
            $"a set that is dated wrongly counts as the newest until its date has passed, or until you remove '{SetPaths.Set(set.Site, label)}' from the vault, manifest.json first");
    }

    /// <summary>The number that tells one finding from another: of a run that failed, its cause's, since DR9003 stands for all of them.</summary>
    internal static string? CauseOf(HealthCheck check) => check.Code == RunFailedCode ? FaultText.CodeOf(FaultText.Find(check.Summary)) ?? check.Code : check.Code;

    /// <summary>What a run of a kind is called in a sentence.</summary>
    internal static string Noun(string kind) => kind == "verify" ? "verification" : kind;
}
