using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Recovery;

namespace BuilderDrFunctions.Restore;

/// <summary>The faults of restores, DR8030 to DR8059; docs/errors/restore.md lists them.</summary>
public static class RestoreFaults
{
    /// <summary>The checks found that nothing can be restored so; nothing was changed.</summary>
    public static PermanentFaultException CheckFailed(string site, IReadOnlyList<RestoreProblem> problems) => problems is [var only]
        ? new(only.Code, only.What, only.Hint)
        : new("DR8030",
            $"nothing can be restored to site '{site}' so: {string.Join("; ", problems.Select(problem => $"{problem.Code}: {problem.What}"))}",
            string.Join("; ", problems.Select(problem => problem.Hint).Distinct(StringComparer.Ordinal)));

    /// <summary>A scratch restore never writes into what is there.</summary>
    public static PermanentFaultException TargetExists(string database, string server) =>
        new("DR8031", $"database '{database}' is already there on {server}", "choose another name for \"database\", or drop that one first");

    /// <summary>The live database is in use by others than the API.</summary>
    public static PermanentFaultException InUse(string database, IReadOnlyList<string> sessions) =>
        new("DR8032", $"database '{database}' cannot be replaced while others are connected to it: {string.Join("; ", sessions)}",
            "end these sessions and try again, or ask with \"force\": true, which ends them");

    /// <summary>There is no way to stop the API.</summary>
    public static PermanentFaultException CannotStopApi(string site) =>
        new("DR8033", $"site '{site}' has no service control, so its API cannot be stopped while its database is replaced",
            $"set Sites__{site}__Service__Control to ssh or local; or stop the API yourself and ask with \"force\": true");

    /// <summary>The database's name leaves no room for what this program appends.</summary>
    public static PermanentFaultException NameTooLong(string database) =>
        new("DR8034", $"the name '{database}' is longer than {DatabaseName.Longest} characters", "choose a shorter \"database\"");

    /// <summary>A part was asked for that the set does not have.</summary>
    public static PermanentFaultException NotInSet(string label, RestorePart part) =>
        new("DR8035", $"backup set {label} holds no {part.ToString().ToLowerInvariant()}", "use another set, or leave this part out of \"parts\"; GET /api/backups/{id} tells what a set holds and why not");

    /// <summary>One name was given for several databases.</summary>
    public static PermanentFaultException OneNameForSeveral(string label, string database, IEnumerable<string> held) =>
        new("DR8051", $"backup set {label} holds several databases ({string.Join(", ", held.Select(name => $"'{name}'"))}), which cannot all become '{database}'",
            "leave \"database\" out: each is restored under its own name, or in mode 'scratch' beside it");

    /// <summary>What would be pruned for one database is what another one needs.</summary>
    public static PermanentFaultException PruneForOther(string label, string database, string used) =>
        new("DR8052", $"artifacts cannot be pruned to what set {label} names while it is restored as '{database}': Builder works with '{used}', which lists others",
            "leave \"prune\" out, or \"database\": then the database that Builder works with is replaced");

    /// <summary>The keys are encrypted, and there is no key to decrypt them.</summary>
    public static PermanentFaultException NoVaultKey(string label) =>
        new("DR8036", $"the keys and the configuration in backup set {label} are encrypted, and no encryption key is configured", "set Vault__Encryption__Key to the key the set was taken with, or leave \"keys\" out of \"parts\"");

    /// <summary>There is no host to write keys to.</summary>
    public static PermanentFaultException NoHost(string site) =>
        new("DR8037", $"site '{site}' has no way to its host, so keys and configuration cannot be written there", $"set Sites__{site}__Service__Control to ssh or local, or leave \"keys\" out of \"parts\"");

    /// <summary>The restored database's secrets could not be read with the keys there are.</summary>
    public static PermanentFaultException KeysLost(IReadOnlyList<string> verdicts) =>
        new("DR8038", $"secrets of the restored database would be lost: {string.Join("; ", verdicts)}",
            "restore \"keys\" too, or copy these keys to /hab/svc/builder-api/files on the host; or ask with \"acceptLosses\": true and renew these secrets afterwards");

    /// <summary>Artifacts of the set are lost.</summary>
    public static PermanentFaultException ArtifactsLost(long count, IReadOnlyList<string> first) =>
        new("DR8039", $"{count} artifacts of the set are lost: {string.Join("; ", first)}",
            "the others were copied and the live database was not touched; use another set, or ask with \"acceptLosses\": true");

    /// <summary>The names of databases are such that no step of this restore could have left them.</summary>
    public static PermanentFaultException UnexpectedNames(string live, string restoring) =>
        new("DR8040", $"there is neither a database '{restoring}' to put in place of '{live}', nor one it was put in place of", "someone renamed or dropped databases meanwhile; look at them with psql -l, then start the restore again");

    /// <summary>The server did not rename.</summary>
    public static TransientFaultException RenameFailed(string server, string why) =>
        new("DR8041", $"the databases on {server} could not be renamed: {why}", "nothing was renamed; it is tried again");

    /// <summary>The API does not answer on the restored database; the former one is back.</summary>
    public static PermanentFaultException SwapUndone(string site, string why, bool hadFormer) =>
        new("DR8042",
            $"the API of site '{site}' did not come up on the restored database ({FaultText.OneLine(why)}); "
            + (hadFormer ? "the former one is in its place again" : "it was taken away again, and as before there is none in its place"),
            "look at the API's log on the host for the cause; restore into a scratch database to look at it, or another set");

    /// <summary>The API is down and stays so.</summary>
    public static PermanentFaultException ApiLeftDown(string site, string why, FaultException? first) =>
        new("DR8043",
            $"the API of site '{site}' is down and could not be started again ({FaultText.OneLine(why)})" + (first is null ? "" : $"; before that, {first.Code}: {first.What}"),
            $"start it by hand with '{HabitatFaults.StartByHand}'; the watchdog tries again every minute until it is up");

    /// <summary>The former database could not be put back.</summary>
    public static PermanentFaultException UndoFailed(string site, string why, FaultException first, SwapState state, IReadOnlyList<DatabasePlan> databases)
    {
        var names = string.Join(", ", databases.Select(database => $"'{database.Restoring}'"));
        return state == SwapState.Restored
            ? new("DR8044",
                $"the former database of site '{site}' could not be put back ({FaultText.OneLine(why)}): the restored one is complete and in its place; before that, {first.Code}: {first.What}",
                "start the API on it, or give the former one its name back by hand: docs/restore.md, 'The way back', has the commands")
            : new("DR8044",
                $"it is not known whether the databases of site '{site}' were exchanged, because they could not be looked at ({FaultText.OneLine(why)}); before that, {first.Code}: {first.What}",
                $"when the server answers, look with psql -l: while {names} is there nothing was exchanged, else the restored one is complete and in place; then start the API");
    }

    /// <summary>The host's former keys could not be put back.</summary>
    public static PermanentFaultException KeysStay(string site, string why, FaultException first) =>
        new("DR8049",
            $"keys that this restore wrote to the host of site '{site}' could not be taken back ({FaultText.OneLine(why)}); before that, {first.Code}: {first.What}",
            "the former database is in place; beside each key that was replaced on the host lies what it was, as '….before-…': put that back with mv, then start the restore again");

    /// <summary>The spare is in use.</summary>
    public static PermanentFaultException SpareServes(string site, DateTimeOffset newest, DateTimeOffset known) =>
        new("DR8047",
            $"spare '{site}' serves, and was written to at {newest:u}, after {known:u}, up to which the set or this restore's checks know of it: it is no spare any more",
            "its database was not replaced; back this site up before you make it a spare again, or stop its API; clear Spare__Site while it serves");

    /// <summary>What the set has not, a database that stays may still need.</summary>
    public static PermanentFaultException PruneWithoutDatabase(string label) =>
        new("DR8048", $"artifacts that backup set {label} has not may belong to packages of the live database, which this restore would leave in place",
            "restore \"database\" too, whose packages are the set's; or leave out \"prune\"");

    /// <summary>What was not there when the restore was checked is there now, and is somebody's.</summary>
    public static PermanentFaultException CameUpMeanwhile(string database, string server) =>
        new("DR8050", $"database '{database}' came up on {server} while the restore was under way", "it was left alone; start the restore again: a replacement puts it aside, a scratch restore takes another name");

    /// <summary>A step failed with something that has no number of its own.</summary>
    public static PermanentFaultException StepFailed(string what) =>
        new("DR8045", $"a step of the restore failed: {FaultText.OneLine(what)}", "what is live was put back in order; look at the log around this time, then start the restore again");

    /// <summary>A step's failure as this operation's own: the fault it ended with, unwrapped.</summary>
    public static FaultException OfStep(Exception exception) => FaultText.Unwrap(exception) ?? StepFailed(FaultText.Of(exception));
}
