using BuilderDrFunctions.Postgres;

namespace BuilderDrFunctions.Merge;

/// <summary>What a sharded database is made of, and what of it stands against a merge.</summary>
/// <param name="IsMerged">The flag; null where there is none.</param>
/// <param name="Tables">Those whose shape is the same everywhere, every one behind those it refers to.</param>
/// <param name="Unique">Keys of the schema <c>public</c>.</param>
/// <param name="Foreign">Foreign keys of the schema <c>public</c>.</param>
/// <param name="Relations">Tables and indexes that a merge locks.</param>
/// <param name="Problems">What is wrong.</param>
/// <param name="Notes">What an operator should know.</param>
internal sealed record ShardLayout(
    bool? IsMerged, IReadOnlyList<ShardTable> Tables, IReadOnlyList<UniqueKey> Unique, IReadOnlyList<ForeignKey> Foreign, int Relations,
    IReadOnlyList<MergeProblem> Problems, IReadOnlyList<string> Notes);

/// <summary>A table in all shards.</summary>
/// <param name="Merged">The table that takes the rows.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Shards">The tables that have them.</param>
/// <param name="Nullable">Columns that may be null in a shard and not in the merged table.</param>
internal sealed record ShardTable(SqlName Merged, IReadOnlyList<DigestColumn> Columns, TableUnion Shards, IReadOnlyList<string> Nullable)
{
    /// <summary>Its name without the schema.</summary>
    public string Name => Merged.Name;

    /// <summary>The columns' names.</summary>
    public IEnumerable<string> ColumnNames => Columns.Select(column => column.Name);

    /// <summary>Digests merged and sharded rows in the same way, whatever forbids nulls.</summary>
    public RowDigest Digest(string algorithm) => new(algorithm, Columns.Select(column => column with { Nullable = true }));
}
