using BuilderDrFunctions.Sandbox.Data;

namespace BuilderDrFunctions.Sandbox.Legacy;

/// <summary>One of the databases that a Builder had before August 2018.</summary>
/// <param name="Name">Such as <c>builder_originsrv</c>.</param>
/// <param name="Schema">The embedded SQL that makes one schema's tables.</param>
/// <param name="Shards">How many shard schemas it has.</param>
/// <param name="Tables">The rows that belong into one shard; null: into any.</param>
internal sealed record LegacyDatabase(string Name, string Schema, int Shards, Func<int?, IEnumerable<GeneratedTable>> Tables);
