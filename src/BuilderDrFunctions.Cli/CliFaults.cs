using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Cli;

/// <summary>The faults of the command line, DR920x.</summary>
internal static class CliFaults
{
    public static FaultException BadUrl(string url) =>
        new PermanentFaultException("DR9200", $"'{url}' is not an address", "give one such as http://127.0.0.1:7071 with --url or BUILDER_DR_URL");

    public static FaultException NoKey() =>
        new PermanentFaultException(
            "DR9201", "there is no key", "set BUILDER_DR_KEY, or name a file with --key-file; the embedded runtime's keys are in keys.json of its state folder (.builder-dr-state where it was started, /var/lib/builder-dr/state of the systemd unit), Azure's in the portal under 'App keys'");

    public static FaultException BadKey(string source, string why) =>
        new PermanentFaultException("DR9202", $"no key can be read from {(source.Length > 0 ? source : "a file without a name")}: {why}", "give the key alone, or the app's keys.json; a file must be readable to you");

    public static FaultException Unreachable(Uri url, string why) =>
        new TransientFaultException("DR9203", $"Builder DR does not answer at {Shown(url)}: {why}", "is it running there ('systemctl status builder-dr', or 'builder-dr serve' where it was started so)? Start it, or give its address with --url or BUILDER_DR_URL");

    public static FaultException KeyRefused(Uri url, string source) =>
        new PermanentFaultException("DR9204", $"{Shown(url)} does not accept the key from {source}", "take a function key of that app; keys change when its state folder is made anew");

    public static FaultException NotBuilderDr(Uri url, int status)
    {
        var what = $"{Shown(url)} answered {status}, and not as Builder DR does";
        var hint = status is >= 300 and < 400
            ? "it points elsewhere, and the key goes nowhere but to the address that was given: give the one that answers itself, which may begin with https"
            : "check the address: something else may serve there, or an older version";

        // A proxy whose app is just being started again answers so.
        return status >= 500 ? new TransientFaultException("DR9205", what, hint) : new PermanentFaultException("DR9205", what, hint);
    }

    /// <summary>How a started operation fares cannot be seen any more; the number is that of the cause.</summary>
    public static FaultException LostSight(string id, FaultException cause) =>
        new PermanentFaultException(cause.Code, $"operation {id} can no longer be followed, and goes on: {cause.What}", $"{cause.Hint}; then follow it with 'builder-dr watch {id}'");

    public static FaultException NoSet(string? site) =>
        new PermanentFaultException("DR9206", site is null ? "there is no backup set" : $"site '{site}' has no backup set", "take one with 'builder-dr backup'");

    /// <summary>The newest set cannot be read; the number is the app's own.</summary>
    public static FaultException NewestDamaged(DamagedSet set) =>
        new PermanentFaultException(set.Code, $"the newest set, {set.Label}, cannot be used: {set.What}", set.Hint);

    /// <summary>What seems to be the newest set is dated in the future; the number is that of the app, which refuses to restore it so.</summary>
    public static FaultException NewestIsAhead(string label) =>
        new PermanentFaultException(
            "DR8016", $"which set is the newest cannot be told: {label} is dated in the future, because the clock was wrong when it was taken, or is wrong on this machine",
            "name the set that you want by its id; 'builder-dr list' shows them");

    public static FaultException Unconfirmed(string what) =>
        new PermanentFaultException("DR9207", $"{what} is not confirmed", "it changes what is live: add --confirm and the name of the site, such as --confirm main");

    /// <summary>An address as it is told: with its path, since a proxy may have several apps, and without a password that somebody wrote into it.</summary>
    public static string Shown(Uri url) => url.GetComponents(UriComponents.Scheme | UriComponents.Host | UriComponents.Port | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
}
