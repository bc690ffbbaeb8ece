using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Merge;
using BuilderDrFunctions.Operations;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary>What a merge would do, did, and proved; <c>--json</c> has all of it.</summary>
internal static class MergeView
{
    public static void Show(Session session, OperationView view)
    {
        if (view.Result is not { } result)
        {
            return;
        }

        var receipt = Session.Read<MergeReceipt>(result);
        if (receipt.Outcome == MergeOutcome.Planned)
        {
            ShowPlan(session, receipt);
            return;
        }

        session.Console.MarkupLineInterpolated($"[bold]{(receipt.Outcome == MergeOutcome.Merged ? "Merged and proved" : "It was merged before; nothing was changed")}[/]: database {receipt.Database} of site {receipt.Site}");
        if (receipt.Merge is { } done)
        {
            session.Console.WriteLine($"{Say.Number(done.Rows)} rows of {done.Tables} tables in {Say.Seconds(done.Seconds)}; table by table with its digests: builder-dr merge report {done.OperationId}");
            if (done.Backup.Length > 0)
            {
                session.Console.WriteLine($"the databases as they were before are in set {done.Backup}");
            }
        }
    }

    public static void Show(Session session, MergeReport report)
    {
        session.Console.MarkupLineInterpolated($"[bold]{report.OperationId}[/]: {Say.Number(report.Rows)} rows of {report.Tables.Count} tables into database {report.Database} of site {report.Site}");
        session.Console.WriteLine($"ended {Say.Time(report.EndedAt)} UTC after {Say.Seconds(report.Seconds)}: {string.Join(", ", report.Stages.Select(stage => $"{stage.Name} {Say.Seconds(stage.Seconds)}"))}");
        var table = Tables.New(session.Console, "table", "from", "rows", "digest of both sides");
        foreach (var merged in report.Tables)
        {
            var digest = merged.Digest == merged.SourceDigest ? merged.Digest : $"{merged.SourceDigest} IS NOT {merged.Digest}";
            table.AddRow(Markup.Escape(merged.Table), Markup.Escape(merged.Source), Say.Number(merged.Rows), digest);
        }

        session.Console.Write(table);
        foreach (var decision in report.Decisions)
        {
            session.Console.WriteLine($"note: {decision}");
        }
    }

    private static void ShowPlan(Session session, MergeReceipt receipt)
    {
        var plan = receipt.Plan;
        session.Console.MarkupLineInterpolated($"[bold]This would be merged; nothing was changed[/]: {Say.Number(plan.Rows)} rows in {plan.Tables.Count} tables, {Say.Bytes(plan.Bytes)} on disk, into database {plan.Database} of site {receipt.Site}");
        if (plan.Tables.Count > 0)
        {
            var table = Tables.New(session.Console, "table", "from", "rows", "shards with rows");
            foreach (var planned in plan.Tables)
            {
                table.AddRow(Markup.Escape(planned.Table), Markup.Escape(planned.Source), Say.Number(planned.Rows), planned.Shards > 0 ? Say.Number(planned.Shards) : "-");
            }

            session.Console.Write(table);
        }

        foreach (var note in plan.Notes)
        {
            session.Console.WriteLine($"note: {note}");
        }

        foreach (var problem in plan.Problems)
        {
            session.Console.MarkupLineInterpolated($"[red]stands against it: {problem.Code}: {problem.What}[/]");
            session.Console.WriteLine($"  hint: {problem.Hint}");
        }

        session.Console.WriteLine(plan.IsMerged
            ? "It was merged before."
            : plan.Problems.Count > 0
                ? "Mend that, then plan again."
                : $"Nothing stands against it; merge with: builder-dr merge {(receipt.Kind == MergeKind.Shards ? $"shards {plan.Database}" : "databases")} --site {receipt.Site} --migrate --confirm {receipt.Site}");
    }
}
