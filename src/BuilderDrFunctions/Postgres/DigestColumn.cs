namespace BuilderDrFunctions.Postgres;

/// <summary>A column as a <see cref="RowDigest"/> reads it.</summary>
/// <param name="Name">Its name; columns are digested in ordinal order of it, wherever they stand in the table.</param>
/// <param name="Type">The type's name as <c>pg_type.typname</c> has it, behind all domains: <c>text</c>, <c>int8</c>, <c>_text</c>.</param>
/// <param name="BuiltIn">Whether that type is PostgreSQL's own; anything else is read by its text.</param>
/// <param name="Nullable">False only where the table forbids nulls; it changes no digest, only the cost.</param>
public sealed record DigestColumn(string Name, string Type, bool BuiltIn, bool Nullable)
{
    /// <summary>What is read where it is not the column itself: SQL over the table's columns, for a merge that maps one.</summary>
    public string? Expression { get; init; }

    internal string Source => Expression is null ? SqlName.Quote(Name) : $"({Expression})";

    internal string EffectiveType => BuiltIn ? Type : "";
}
