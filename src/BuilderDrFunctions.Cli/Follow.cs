using System.Globalization;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Operations;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary>Follows an operation to its end: bars on a terminal, a line a phase elsewhere.</summary>
internal static class Follow
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // A restart of the app or of what stands before it, with room to spare.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Starts what a request asks for and follows it, unless that is not wanted.</summary>
    /// <param name="session">The talk with the app.</param>
    /// <param name="path">Where it is asked for.</param>
    /// <param name="body">The request.</param>
    /// <param name="wait">False: only say that it was accepted.</param>
    /// <param name="show">Shows a result that is not empty.</param>
    /// <param name="cancellationToken">Ends the watching, not the operation.</param>
    public static async Task<int> StartAsync(
        Session session, string path, object body, bool wait, Action<Session, OperationView>? show, CancellationToken cancellationToken)
    {
        var accepted = await session.PostAsync<AcceptedOperation>(path, body, cancellationToken);
        if (!wait)
        {
            if (session.IsJson)
            {
                session.WriteJson(accepted);
            }
            else
            {
                session.Console.MarkupLineInterpolated($"accepted as [bold]{accepted.Id}[/]; follow it with 'builder-dr watch {accepted.Id}'");
            }

            return ExitCodes.Done;
        }

        return await ToEndAsync(session, accepted.Id, show, cancellationToken);
    }

    /// <summary>Follows an operation that somebody named, if there is one.</summary>
    public static async Task<int> NamedAsync(Session session, string id, CancellationToken cancellationToken)
    {
        await AskAsync(session, id, cancellationToken);
        return await ToEndAsync(session, id, Reports.Show, cancellationToken);
    }

    /// <summary>Follows an operation that there is to its end and shows how it ended.</summary>
    /// <remarks>An app that does not answer for a while is waited for; of what is lost sight of, the id is named, because it goes on.</remarks>
    /// <returns>1 as well where it did what it was asked and its result, or its plan, says that something is wrong, whatever is shown.</returns>
    private static async Task<int> ToEndAsync(Session session, string id, Action<Session, OperationView>? show, CancellationToken cancellationToken)
    {
        OperationView view;
        try
        {
            view = session.IsJson ? await WaitAsync(session, id, _ => { }, cancellationToken) : await ShowAsync(session, id, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await session.Error.WriteLineAsync($"stopped watching; {id} goes on; builder-dr watch {id}");
            return ExitCodes.NotAsked;
        }

        var trouble = view.State != OperationState.Succeeded ? view.Error ?? "it did not say why"
            : view.Result is { } result ? RunVerdict.TroubleOf(result) ?? RunVerdict.AgainstPlan(result) : null;
        if (session.IsJson)
        {
            session.WriteJson(view);
        }
        else
        {
            await SayEndAsync(session, view, trouble, show);
        }

        return trouble is null ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static async Task SayEndAsync(Session session, OperationView view, string? trouble, Action<Session, OperationView>? show)
    {
        if (view.State == OperationState.Succeeded)
        {
            show?.Invoke(session, view);
        }

        if (trouble is null)
        {
            session.Console.MarkupLineInterpolated($"[green]{view.Kind} {(Reports.IsPlan(view) ? "planned" : "succeeded")}[/] after {Say.Seconds((view.UpdatedAt - view.CreatedAt).TotalSeconds)}");
            return;
        }

        var how = view.State != OperationState.Succeeded ? view.State.ToString().ToLowerInvariant()
            : Reports.IsPlan(view) ? "planned, and something stands against it" : "ended, and something is wrong";
        var fault = trouble.Split("\nHINT: ");
        await session.Error.WriteLineAsync($"{view.Kind} {how}: {fault[0]}{(fault.Length > 1 ? "\nhint: " + fault[1] : "")}");
    }

    private static Task<OperationView> ShowAsync(Session session, string id, CancellationToken cancellationToken)
    {
        session.Console.MarkupLineInterpolated($"operation [bold]{id}[/]");
        if (!session.Console.Profile.Capabilities.Interactive || !session.Console.Profile.Out.IsTerminal)
        {
            return WaitAsync(session, id, new Lines(session.Console).Show, cancellationToken);
        }

        var bars = new Bars();
        return session.Console.Progress().Columns(bars.Columns).StartAsync(context => WaitAsync(session, id, view => bars.Show(context, view), cancellationToken));
    }

    private static async Task<OperationView> WaitAsync(Session session, string id, Action<OperationView> show, CancellationToken cancellationToken)
    {
        while (true)
        {
            OperationView view;
            try
            {
                view = await AskAsync(session, id, cancellationToken);
            }
            catch (FaultException fault)
            {
                throw CliFaults.LostSight(id, fault);
            }

            show(view);
            if (view.HasEnded)
            {
                return view;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<OperationView> AskAsync(Session session, string id, CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await session.GetAsync<OperationView>($"/api/operations/{Uri.EscapeDataString(id)}", cancellationToken);
            }
            catch (TransientFaultException) when (TimeProvider.System.GetElapsedTime(begun) < Patience)
            {
                // Asked again below.
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    private sealed class Lines(IAnsiConsole console)
    {
        private int _told;

        public void Show(OperationView view)
        {
            for (; _told < view.Steps.Count && view.Steps[_told].EndedAt is { } ended; _told++)
            {
                var step = view.Steps[_told];
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {step.Phase,-24} {Say.Seconds((ended - step.BegunAt).TotalSeconds),10}"));
            }
        }
    }
}
