using System.Text.RegularExpressions;

namespace BuilderDrFunctions.Merge;

/// <summary>A table of the merged database and where its rows come from.</summary>
/// <param name="Name">The same on both sides.</param>
/// <param name="Columns">In the merged table's order.</param>
internal sealed partial record MappedTable(string Name, IReadOnlyList<MappedColumn> Columns)
{
    private static readonly string[] Sessionsrv = ["accounts", "account_tokens"];

    // Builder gave these columns up with the merge: what they noted was the copying between the two databases.
    private static readonly (string Table, string Column)[] Dropped = [("origins", "session_sync"), ("origin_invitations", "account_sync")];

    /// <summary>Columns of a source that the merged table does not have and whose values are of no use there.</summary>
    public static bool IsDropped(string table, string column) => Dropped.Contains((table, column));

    /// <summary>Whether the rows are accounts' and come from sessionsrv; else from originsrv.</summary>
    public bool IsOfSessionsrv => Sessionsrv.Contains(Name, StringComparer.Ordinal);

    /// <summary>From its text in <c>merged-schema.sql</c>.</summary>
    public static MappedTable Parse(Match text)
    {
        var name = text.Groups["table"].Value;
        return new MappedTable(name, [.. ColumnText().Matches(text.Groups["columns"].Value).Select(column => new MappedColumn(
            column.Groups["name"].Value, column.Groups["type"].Value, column.Groups["required"].Success, ExpressionOf(name, column.Groups["name"].Value)))]);
    }

    // A package's name in parts, by which Builder searches; computed on the way, which spares rewriting every row afterwards.
    private static string? ExpressionOf(string table, string column) =>
        table is "origin_packages" && column is "ident_array" ? "pg_catalog.string_to_array(ident, '/')" : null;

    [GeneratedRegex(@"^    (?<name>\w+) (?<type>[a-z]+( with time zone)?(\[\])?)(?<required> NOT NULL)?", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ColumnText();
}

/// <summary>A column of the merged table.</summary>
/// <param name="Name">The same on both sides.</param>
/// <param name="Type">As <c>format_type</c> words it.</param>
/// <param name="IsRequired">It must not be null.</param>
/// <param name="Expression">What its value is in terms of the source's columns; null: the source's column of that name.</param>
internal sealed record MappedColumn(string Name, string Type, bool IsRequired, string? Expression);
