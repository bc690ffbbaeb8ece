using BuilderDrFunctions.Operations;
using BuilderDrFunctions.Repair;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary>What a repair would mend, or mended; <c>--json</c> has all of it.</summary>
internal static class RepairView
{
    public static void Show(Session session, OperationView view)
    {
        if (view.Result is not { } result)
        {
            return;
        }

        var receipt = Session.Read<RepairReceipt>(result);
        if (receipt.Planned)
        {
            ShowPlan(session, view.Id, receipt);
            return;
        }

        ShowDone(session, "put back", receipt.PutBack);
        ShowDone(session, "uploaded", receipt.Uploaded);
        foreach (var problem in receipt.Problems)
        {
            session.Console.MarkupLineInterpolated($"[red]{problem.Replace("\nHINT: ", "; hint: ", StringComparison.Ordinal)}[/]");
        }
    }

    private static void ShowPlan(Session session, string id, RepairReceipt receipt)
    {
        var plan = receipt.Plan;
        if (plan.PutBack + plan.Uploads + plan.NotStored + plan.Irreparable == 0)
        {
            session.Console.WriteLine($"Nothing is to be mended: bucket and database of site {receipt.Site} fit together.");
            return;
        }

        session.Console.MarkupLineInterpolated($"[bold]This would be mended; nothing was changed[/]: {Artifacts(plan.PutBack)} put back ({Say.Bytes(plan.PutBackBytes)}), {Artifacts(plan.Uploads)} uploaded ({Say.Bytes(plan.UploadBytes)})");
        var table = Tables.New(session.Console, "artifact", "is", "would be");
        foreach (var item in plan.FirstPutBack)
        {
            table.AddRow(Markup.Escape(item.Key), item.State.ToString().ToLowerInvariant(), Markup.Escape($"put back from set {item.From}"));
        }

        foreach (var ident in plan.FirstUploads)
        {
            table.AddRow(Markup.Escape(ident), "without metadata", "uploaded through Builder's API");
        }

        foreach (var key in plan.FirstNotStored)
        {
            table.AddRow(Markup.Escape(key), "not as the database says", "left alone until a backup holds it");
        }

        foreach (var key in plan.FirstIrreparable)
        {
            table.AddRow(Markup.Escape(key), "[red]lost[/]", "left so: no set holds it");
        }

        if (table.Rows.Count > 0)
        {
            session.Console.Write(table);
        }

        if (plan.PutBack + plan.Uploads + plan.NotStored + plan.Irreparable > table.Rows.Count)
        {
            session.Console.WriteLine($"these are the first of {Say.Number(plan.PutBack + plan.Uploads + plan.NotStored + plan.Irreparable)}");
        }

        foreach (var note in plan.Losses.Concat(plan.Notes))
        {
            session.Console.WriteLine($"note: {note}");
        }

        if (plan.Irreparable > 0)
        {
            session.Console.WriteLine("What no set holds makes every set incomplete: upload these packages to Builder again (hab pkg upload), or delete them there (hab pkg delete).");
        }

        session.Console.WriteLine(plan.PutBack + plan.Uploads == 0
            ? "There is nothing that a repair could mend."
            : $"Carry it out with: builder-dr repair --apply {id} --site {receipt.Site} --confirm {receipt.Site}");
    }

    private static void ShowDone(Session session, string what, MendReceipt? done)
    {
        if (done is not { } mended)
        {
            return;
        }

        session.Console.WriteLine($"{what}: {Artifacts(mended.Done)} ({Say.Bytes(mended.Bytes)}){(mended.Skipped > 0 ? $", {Say.Number(mended.Skipped)} skipped" : "")}{(mended.Failed > 0 ? $", {Say.Number(mended.Failed)} FAILED" : "")}");
        foreach (var why in mended.First ?? [])
        {
            session.Console.WriteLine($"  {why}");
        }
    }

    private static string Artifacts(long count) => count == 1 ? "1 artifact" : $"{Say.Number(count)} artifacts";
}
