using System.Globalization;

namespace BuilderDrFunctions.Merge;

/// <summary>A database of a Builder from before August 2018, whose rows lie in the schemas <c>shard_0</c>, <c>shard_1</c> and so on.</summary>
/// <param name="Name">Such as <c>builder_originsrv</c>.</param>
/// <param name="Shards">How many it must have.</param>
internal sealed record ShardedDatabase(string Name, int Shards)
{
    /// <summary>Packages, origins, channels.</summary>
    public const string Originsrv = "builder_originsrv";

    /// <summary>Accounts and their tokens.</summary>
    public const string Sessionsrv = "builder_sessionsrv";

    /// <summary>Where the merged rows go.</summary>
    public const string MergedSchema = "public";

    /// <summary>The prefix of a shard's schema.</summary>
    public const string ShardPrefix = "shard_";

    /// <summary>Tables of the merged schema that are the migrations' own.</summary>
    public static readonly IReadOnlyList<string> Bookkeeping = ["__diesel_schema_migrations", "builder_db_migrations", MergeFlag.Table];

    private static readonly ShardedDatabase[] Known = [new(Originsrv, 128), new(Sessionsrv, 128), new("builder_jobsrv", 1)];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(database => database.Name)];

    /// <summary>The one of that name, or null.</summary>
    public static ShardedDatabase? Find(string? name) => Array.Find(Known, database => string.Equals(database.Name, name, StringComparison.Ordinal));

    /// <summary>The schemas it must have, in order.</summary>
    public IReadOnlyList<string> Schemas { get; } =
        [.. Enumerable.Range(0, Shards).Select(shard => string.Create(CultureInfo.InvariantCulture, $"{ShardPrefix}{shard}"))];
}
