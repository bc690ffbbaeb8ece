using System.CommandLine;

namespace BuilderDrFunctions.Cli;

/// <summary><c>expire</c>.</summary>
internal static class ExpireCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var site = Options.Site();
        var plan = Options.Plan("say what would go and remove nothing (the default)");
        var apply = new Option<bool>("--apply") { Description = "remove what the retention settings no longer keep" };
        var noWait = Options.NoWait();
        var command = new Command("expire", "Says which sets the retention settings no longer keep; --apply removes them.") { site, plan, apply, noWait };
        command.Validators.Add(result =>
        {
            if (Options.IsOn(result, plan) && Options.IsOn(result, apply))
            {
                result.AddError("Give one of --plan and --apply.");
            }
        });
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var body = new { Site = arguments.GetValue(site), Plan = !arguments.GetValue(apply) };
            return await Follow.StartAsync(session, "/api/expire", body, !arguments.GetValue(noWait), Results.Show, cancellationToken);
        });
        return command;
    }
}
