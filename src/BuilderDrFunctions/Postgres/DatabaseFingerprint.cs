namespace BuilderDrFunctions.Postgres;

/// <summary>What proves that two databases hold the same: every table's row count and content digest, and what its schema is made of.</summary>
/// <remarks>Compare two of them with <see cref="FingerprintComparison"/>, which names what differs.</remarks>
/// <param name="Algorithm">How rows were digested; the same one must be used on the other side. See <see cref="FingerprintAlgorithm"/>.</param>
/// <param name="Digest">SHA-256 (lower-case hex) over all table and schema facts in a fixed order.</param>
/// <param name="Tables">Every ordinary table, by schema and name in ordinal order.</param>
/// <param name="Schema">Everything that is no row.</param>
public sealed record DatabaseFingerprint(string Algorithm, string Digest, IReadOnlyList<TableFingerprint> Tables, SchemaFacts Schema)
{
    /// <summary>Rows of all tables together.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Rows => Tables.Sum(table => table.Rows);
}

/// <summary>One table's content.</summary>
/// <param name="Schema">Its schema's name.</param>
/// <param name="Table">Its own name.</param>
/// <param name="Rows">How many rows it has, without those of tables that inherit from it.</param>
/// <param name="Digest">32 hexadecimal digits that depend on every value of every row, and not on the rows' or columns' order.</param>
public sealed record TableFingerprint(string Schema, string Table, long Rows, string Digest);
