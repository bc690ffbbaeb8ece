using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary>Tables: with borders on a terminal, bare columns that never wrap elsewhere. The first column, what a reader copies, wraps nowhere.</summary>
internal static class Tables
{
    public static Table New(IAnsiConsole console, params ReadOnlySpan<string> columns)
    {
        var isTerminal = console.Profile.Out.IsTerminal;
        var table = new Table { Border = isTerminal ? TableBorder.Rounded : TableBorder.None };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(column.ToUpperInvariant()) { NoWrap = !isTerminal || table.Columns.Count == 0 });
        }

        return table;
    }
}
