using System.Globalization;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using Microsoft.AspNetCore.Http;

namespace BuilderDrFunctions.Merge;

/// <summary>The faults of merges, DR7xxx; docs/errors/merge.md lists them.</summary>
internal static class MergeFaults
{
    private const int Named = 3;
    private const string NothingChanged = "nothing was changed";

    public static PermanentFaultException CheckFailed(string subject, IReadOnlyList<MergeProblem> problems) => problems is [var only]
        ? new(only.Code, only.What, only.Hint)
        : new("DR7001",
            $"{subject} cannot be merged so, {NothingChanged}: {string.Join("; ", problems.Select(problem => $"{problem.Code}: {problem.What}"))}",
            string.Join("; ", problems.Select(problem => problem.Hint).Distinct(StringComparer.Ordinal)));

    public static PermanentFaultException NoDatabase(string database, string server) => new(
        "DR7002", $"there is no database '{database}' on {server}", "check the name, and that this is the datastore of a Builder from before August 2018");

    public static PermanentFaultException NoFlags(string database) => new(
        "DR7003", $"database '{database}' has no table public.flags with the column shard_migration_complete",
        "install the services that wait for the shard merge: their migrations make that table");

    public static PermanentFaultException ShardsMissing(string database, IReadOnlyList<string> shards) => new(
        "DR7004", $"database '{database}' lacks the {Schemas(shards)}", "restore the database from a backup that has all of its shards");

    public static PermanentFaultException ShardsExtra(string database, IReadOnlyList<string> shards) => new(
        "DR7005", $"database '{database}' has the {Schemas(shards)}, which is none of its shards", "find out what it holds; move or rename it, and plan again");

    public static PermanentFaultException TableMissing(string table, IReadOnlyList<string> shards) => new(
        "DR7006", $"table {table} is missing in {List(shards)}", "restore the table there, or make it as it is in the other shards if it was empty");

    public static PermanentFaultException TableExtra(string table, IReadOnlyList<string> shards) => new(
        "DR7007", $"table {table} is in {List(shards)} and not in public, so its rows would be left behind", "move it out of the shards, or let the services' migrations make public.<table>");

    public static PermanentFaultException ColumnMissing(SqlName table, string column, IReadOnlyList<string> shards) => new(
        "DR7008", $"column {column} of table {table.Name} is missing in {List(shards)}", "the shard missed a migration: run the old services once more, or add the column as the other shards have it");

    public static PermanentFaultException ColumnExtra(SqlName table, string column, IReadOnlyList<string> shards) => new(
        "DR7009", $"column {column} of table {table.Name} is in {List(shards)} and not in {table.Schema}, so its values would be lost", "save what it holds and drop it there");

    public static PermanentFaultException ColumnType(SqlName table, string column, string expected, string found, IReadOnlyList<string> shards) => new(
        "DR7010", $"column {column} of table {table.Name} is {found} in {List(shards)} and {expected} in {table.Schema}", $"ALTER TABLE … ALTER COLUMN {column} TYPE {expected} there, once its values are seen to allow it");

    public static PermanentFaultException Nulls(SqlName table, string column, long rows, IReadOnlyList<string> shards) => new(
        "DR7011", $"column {column} of table {table.Name} must not be null in {table.Schema} and is null in {Number(rows)} rows of {List(shards)}", "give these rows a value, or remove them");

    public static PermanentFaultException RowsInPublic(SqlName table, long rows) => new(
        "DR7012", $"table {table.Schema}.{table.Name} already has {Number(rows)} rows", "an earlier merge was broken off: see that the shards have these rows, too, then TRUNCATE it");

    public static PermanentFaultException Duplicates(SqlName table, string key, KeyFinding found) => new(
        "DR7013", $"table {table.Name} has {Number(found.Count)} keys more than once, against {key}: {string.Join("; ", found.Samples)}", "decide which of these rows is right, and remove or rename the other");

    public static PermanentFaultException Dangling(SqlName table, string key, SqlName other, KeyFinding found) => new(
        "DR7014", $"table {table.Name} refers to {Number(found.Count)} rows that {other.Name} does not have, against {key}: {string.Join("; ", found.Samples)}",
        "restore the rows referred to, or remove those that refer to them");

    public static PermanentFaultException DiskTooSmall(string where, long needed, long free) => new(
        "DR7015", $"{where} has {Number(free)} bytes free, and the merge needs about {Number(needed)}", "free or add disk space on the datastore");

    public static PermanentFaultException NotOwner(string role, string database, IReadOnlyList<string> tables) => new(
        "DR7016", $"role {role} is not the owner of {List(tables)} in database '{database}'", $"merge as the owner (hab on a Builder), or as its owner: GRANT <owner> TO \"{role}\"");

    public static PermanentFaultException NotReadable(string role, string database, IReadOnlyList<string> tables) => new(
        "DR7017", $"role {role} may not read {List(tables)} in database '{database}'", $"merge as the owner (hab on a Builder), or GRANT USAGE on these schemas and SELECT on their tables to \"{role}\"");

    public static PermanentFaultException TooFewLocks(string database, int relations, int room, int needed) => new(
        "DR7018", $"the merge of database '{database}' must lock {Number(relations)} tables and indexes at once, and the server's lock table has room for {Number(room)}",
        $"set max_locks_per_transaction to {Number(needed)} or more in the datastore's configuration and restart it");

    public static PermanentFaultException InUse(string database, string sessions) => new(
        "DR7019", $"database '{database}' is in use: {sessions}", "stop every Builder service that uses it, end the other sessions, and plan again");

    public static PermanentFaultException ServicesRun(string site, IReadOnlyList<string> services) => new(
        "DR7020", $"services of site '{site}' that use its databases are running: {string.Join(", ", services)}", $"stop them: {string.Join("; ", services.Select(service => $"hab svc stop {service}"))}");

    public static PermanentFaultException ReadOnlyServer(string server) => new(
        "DR7021", $"{server} is a read-only standby", "point the site at the primary server");

    public static PermanentFaultException HasTriggers(string triggers) => new(
        "DR7022", $"tables of the schema public have triggers, which would change rows as they are merged: {triggers}", "drop them, merge, and make them again");

    public static PermanentFaultException ContentDiffers(IReadOnlyList<string> differences) => new(
        "DR7023", $"the merged tables do not hold what their sources do, so {NothingChanged}: {string.Join("; ", differences.Take(Named))}", "plan again; if this comes up again, report it with the server's version and log");

    public static PermanentFaultException NotShardMerged(string database) => new(
        "DR7024", $"the shards of database '{database}' are not merged yet", $"POST /api/merges/shards for {database} first");

    public static PermanentFaultException TargetExists(string database, string server) => new(
        "DR7025", $"database '{database}' is already there on {server}", "if it is the merged one, there is nothing left to do; if it is a leftover of the public scripts, see what it holds, then drop or rename it");

    public static PermanentFaultException CannotCreate(string role, string server) => new(
        "DR7026", $"role {role} may not create databases on {server}", $"ALTER ROLE \"{role}\" CREATEDB");

    public static PermanentFaultException SourceTableMissing(string database, string table) => new(
        "DR7027", $"database '{database}' has no table public.{table}", "the services missed a migration: run the version that waits for the database merge once");

    public static PermanentFaultException BackupLacks(string label, IReadOnlyList<string> databases) => new(
        "DR7028", $"backup set {label} does not hold {List(databases)}, so nothing was merged", "leave Sites__<site>__Postgres__Database out, so that every database of the site is backed up");

    public static PermanentFaultException BackupDiffers(string database, string label) => new(
        "DR7029", $"database '{database}' is not what backup set {label} holds, so nothing was merged", "something wrote to it meanwhile: stop every Builder service, then start the merge again");

    public static PermanentFaultException Vanished(string database, string temporary) => new(
        "DR7030", $"there is neither a database '{temporary}' to rename to '{database}', nor one that was renamed so", "someone renamed or dropped databases meanwhile; look at them with psql -l, then start the merge again");

    public static PermanentFaultException StepFailed(string what) => new(
        "DR7031", $"a step of the merge failed: {FaultText.OneLine(what)}", "the sources are as they were; look at the log around this time, then start the merge again");

    public static PermanentFaultException MergedMeanwhile(string database) => new(
        "DR7032", $"the shards of database '{database}' were merged by someone else meanwhile", "ask for a plan: it says what is known of that merge");

    public static RequestFaultException UnknownReport(string id) =>
        new(StatusCodes.Status404NotFound, "DR7033", $"there is no report of a merge '{id}'", "GET /api/merges lists them; a merge that still runs, failed or was only planned has none");

    public static PermanentFaultException ReportNotKept(MergeOrder order, string why) => new(
        "DR7034", $"the merge into database '{order.Database}' is done and proved, and its report could not be kept ({FaultText.OneLine(why)})",
        $"do not merge again; copy the report from the vault's '{MergeReports.PreparedPath(order.Site, order.OperationId)}' before it goes with what else the run left (Retention__Grace)");

    /// <summary>A step's failure as this operation's own: the fault it ended with, unwrapped.</summary>
    public static FaultException OfStep(Exception exception) => FaultText.Unwrap(exception) ?? StepFailed(FaultText.Of(exception));

    private static string Schemas(IReadOnlyList<string> schemas) => $"{(schemas.Count == 1 ? "schema" : "schemas")} {List(schemas)}";

    private static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(Named)) + (names.Count > Named ? $" and {Number(names.Count - Named)} more" : "");

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
