using System.Text.RegularExpressions;
using BuilderDrFunctions.Postgres;

namespace BuilderDrFunctions.Merge;

/// <summary>The merged database's schema, <c>merged-schema.sql</c>: what is laid down, and what its tables ask of their sources.</summary>
internal static partial class MergedSchema
{
    private const string KeysMark = "-- keys:";

    private static readonly string Sql = Read();

    /// <summary>Sequences, functions and tables without keys.</summary>
    public static string Tables { get; } = Sql[..Sql.IndexOf(KeysMark, StringComparison.Ordinal)];

    /// <summary>Every table with its columns, in the file's order.</summary>
    public static IReadOnlyList<MappedTable> Mapped { get; } = [.. TableText().Matches(Tables).Select(MappedTable.Parse)];

    /// <summary>Keys and indexes other than foreign keys, as statements with the table each is on.</summary>
    public static IReadOnlyList<(string Table, string Sql)> Indexes { get; } = [.. Statements().Where(statement => !IsForeign(statement.Sql))];

    /// <summary>Foreign keys, as statements with the table each is on.</summary>
    public static IReadOnlyList<(string Table, string Sql)> ForeignKeys { get; } = [.. Statements().Where(statement => IsForeign(statement.Sql))];

    /// <summary>What rows must not have twice.</summary>
    public static IReadOnlyList<UniqueKey> Unique { get; } =
        [.. Indexes.Select(statement => UniqueText().Match(statement.Sql)).Where(match => match.Success).Select(match =>
            new UniqueKey(Public(match.Groups["table"].Value), $"UNIQUE ({match.Groups["columns"].Value})", Words(match.Groups["columns"].Value)))];

    /// <summary>What rows must find elsewhere.</summary>
    public static IReadOnlyList<ForeignKey> Foreign { get; } =
        [.. ForeignKeys.Select(statement => ForeignText().Match(statement.Sql)).Select(match => new ForeignKey(
            Public(match.Groups["table"].Value), $"FOREIGN KEY ({match.Groups["columns"].Value})", Words(match.Groups["columns"].Value),
            Public(match.Groups["other"].Value), Words(match.Groups["referenced"].Value), IsValidated: true))];

    /// <summary>A table of the schema <c>public</c>.</summary>
    public static SqlName Public(string table) => new(ShardedDatabase.MergedSchema, table);

    private static bool IsForeign(string sql) => sql.Contains("FOREIGN KEY", StringComparison.Ordinal);

    private static string[] Words(string list) => list.Split(", ");

    private static IEnumerable<(string Table, string Sql)> Statements() =>
        StatementText().Matches(Sql, Sql.IndexOf(KeysMark, StringComparison.Ordinal)).Select(match => (match.Groups["table"].Value, match.Value));

    private static string Read()
    {
        using var stream = typeof(MergedSchema).Assembly.GetManifestResourceStream("merged-schema.sql") ?? throw new System.Diagnostics.UnreachableException();
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^CREATE TABLE (?<table>\w+) \(\n(?<columns>(?:    [^\n]+\n)+)\);", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TableText();

    [GeneratedRegex(@"^(ALTER TABLE|CREATE INDEX \w+ ON) (?<table>\w+) [^;]+;", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StatementText();

    [GeneratedRegex(@"^ALTER TABLE (?<table>\w+) ADD (PRIMARY KEY|UNIQUE) \((?<columns>[^)]+)\);", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex UniqueText();

    [GeneratedRegex(@"^ALTER TABLE (?<table>\w+) ADD FOREIGN KEY \((?<columns>[^)]+)\) REFERENCES (?<other>\w+) \((?<referenced>[^)]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ForeignText();
}
