namespace BuilderDrFunctions.Merge;

/// <summary>The databases of one database merge.</summary>
/// <param name="Originsrv">Packages, origins, channels.</param>
/// <param name="Sessionsrv">Accounts.</param>
/// <param name="Target">What the merged one is called in the end.</param>
/// <param name="Temporary">What it is called until everything in it is proved.</param>
public sealed record DatabaseMergeNames(string Originsrv, string Sessionsrv, string Target, string Temporary)
{
    private const string Mark = "_merging_";

    /// <summary>Those of a Builder.</summary>
    /// <param name="suffix">The run's own digits, in lower case.</param>
    public static DatabaseMergeNames Of(string suffix) => Of(ShardedDatabase.Originsrv, ShardedDatabase.Sessionsrv, "builder", suffix);

    /// <summary>Those of other names, for tests and copies.</summary>
    /// <param name="originsrv">Packages, origins, channels.</param>
    /// <param name="sessionsrv">Accounts.</param>
    /// <param name="target">The merged one.</param>
    /// <param name="suffix">The run's own digits, in lower case.</param>
    public static DatabaseMergeNames Of(string originsrv, string sessionsrv, string target, string suffix) => new(originsrv, sessionsrv, target, target + Mark + suffix);

    /// <summary>Whether a database is what a merge left behind that was killed.</summary>
    public bool IsLeftover(string database) => database.StartsWith(Target + Mark, StringComparison.Ordinal);

    /// <summary>Where a table's rows are.</summary>
    internal string SourceOf(MappedTable table) => table.IsOfSessionsrv ? Sessionsrv : Originsrv;
}
