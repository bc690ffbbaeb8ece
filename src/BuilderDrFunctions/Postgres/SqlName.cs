namespace BuilderDrFunctions.Postgres;

/// <summary>A table or sequence by schema and name.</summary>
/// <param name="Schema">As the catalog has it, unquoted.</param>
/// <param name="Name">As the catalog has it, unquoted.</param>
public sealed record SqlName(string Schema, string Name)
{
    /// <summary>By schema, then by name, both in ordinal order.</summary>
    public static IComparer<SqlName> Order { get; } = Comparer<SqlName>.Create((left, right) =>
        string.CompareOrdinal(left.Schema, right.Schema) is var bySchema and not 0 ? bySchema : string.CompareOrdinal(left.Name, right.Name));

    /// <summary>An identifier in double quotes, whatever it holds.</summary>
    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A text in single quotes for a server with <c>standard_conforming_strings</c> on.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Quoted, for SQL.</summary>
    public override string ToString() => $"{Quote(Schema)}.{Quote(Name)}";
}
