using System.CommandLine;

namespace BuilderDrFunctions.Cli;

/// <summary><c>repair</c>.</summary>
internal static class RepairCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var site = Options.Site();
        var plan = Options.Plan("find what can be mended out of the sets, and change nothing (the default)");
        var apply = new Option<string?>("--apply") { Description = "carry out this plan: its operation's id; wants --confirm" };
        var confirm = new Option<string?>("--confirm") { Description = "with --apply: the site's name once more" };
        var noWait = Options.NoWait();
        var command = new Command("repair", "Mends single artifacts of a live Builder out of the sets; without --apply it only plans.") { site, plan, apply, confirm, noWait };
        command.Validators.Add(result =>
        {
            if (Options.IsOn(result, plan) && Options.IsGiven(result, apply))
            {
                result.AddError("Give one of --plan and --apply.");
            }
        });
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var body = new { Site = arguments.GetValue(site), Plan = arguments.GetValue(apply), Confirm = Options.Confirmed(arguments.GetValue(confirm), arguments.GetValue(apply) is not null, "--apply") };
            return await Follow.StartAsync(session, "/api/repairs", body, !arguments.GetValue(noWait), RepairView.Show, cancellationToken);
        });
        return command;
    }
}
