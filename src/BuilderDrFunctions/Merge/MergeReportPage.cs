using System.Globalization;
using System.Net;
using System.Text;
using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Merge;

/// <summary>Makes a merge's report, and the page that shows it to people.</summary>
internal static class MergeReportPage
{
    private const string Style = "body{font:15px/1.4 system-ui,sans-serif;margin:2rem;max-width:70rem}table{border-collapse:collapse;margin:1rem 0}"
        + "th,td{border-bottom:1px solid #ccc;padding:.25rem .75rem;text-align:left}td.n{text-align:right}code{font-size:13px}";

    /// <summary>How a report names what was merged.</summary>
    public static string KindOf(MergeKind kind) => kind == MergeKind.Shards ? "shards" : "databases";

    /// <summary>The report of what a run wrote and proved.</summary>
    public static MergeReport ReportOf(MergeStepOrder step, string database, DateTimeOffset begunAt, DateTimeOffset endedAt, MergeResult result) => new(
        MergeReport.CurrentFormat, KindOf(step.Merge.Kind), step.Merge.OperationId, step.Merge.Site, database, step.Backup, begunAt, endedAt, result.ServerVersion,
        result.Algorithm, result.Tables, result.Sequences, result.Stages, result.Decisions);

    /// <summary>The page: a whole document without scripts or outside parts.</summary>
    public static string Html(MergeReport report)
    {
        var page = new StringBuilder();
        var title = Text($"Merge of {report.Kind} into {report.Database}, site {report.Site}");
        page.Append(CultureInfo.InvariantCulture, $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><style>{Style}</style><h1>{title}</h1>");
        page.Append(CultureInfo.InvariantCulture, $"<p>{report.Rows} rows in {report.Tables.Count} tables, every one with the same count and content digest on both sides. ");
        page.Append(CultureInfo.InvariantCulture, $"Operation <code>{Text(report.OperationId)}</code>, {report.BegunAt:u} to {report.EndedAt:u}; ");
        page.Append(CultureInfo.InvariantCulture, $"PostgreSQL {Text(report.ServerVersion)}; the sources as they were are in backup set <code>{Text(report.Backup)}</code>.</p>");
        page.Append("<table><tr><th>table<th>from<th>rows<th>shards with rows<th>digest<th>seconds</tr>");
        foreach (var table in report.Tables)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(table.Table)}<td>{Text(table.Source)}<td class=\"n\">{table.Rows}");
            page.Append(CultureInfo.InvariantCulture, $"<td class=\"n\">{table.RowsPerShard.Count(rows => rows > 0)} of {table.RowsPerShard.Count}<td><code>{table.Digest}</code><td class=\"n\">{table.Seconds:0.000}</tr>");
        }

        page.Append("</table><table><tr><th>stage<th>seconds</tr>");
        foreach (var stage in report.Stages)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(stage.Name)}<td class=\"n\">{stage.Seconds:0.000}</tr>");
        }

        page.Append("</table><table><tr><th>sequence<th>next value</tr>");
        foreach (var sequence in report.Sequences)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(sequence.Name)}<td class=\"n\">{sequence.Position}</tr>");
        }

        page.Append("</table><ul>");
        foreach (var decision in report.Decisions)
        {
            page.Append(CultureInfo.InvariantCulture, $"<li>{Text(decision)}</li>");
        }

        return page.Append("</ul></html>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
