using System.CommandLine;
using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Cli;

/// <summary><c>merge shards</c>, <c>merge databases</c> and <c>merge report</c>, for installations from before August 2018.</summary>
internal static class MergeCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var database = new Argument<string>("database") { Description = "builder_originsrv, builder_sessionsrv or builder_jobsrv" };
        var shards = new Command("shards", "Merges the 128 shards of one database into its public schema.") { database };
        var target = new Option<string?>("--target") { Description = "builder, the one name that Builder looks for; it need not be given" };
        var databases = new Command("databases", "Merges builder_originsrv and builder_sessionsrv into one new database.") { target };
        Configure(shards, "/api/merges/shards", sessions, (arguments, site, mode, confirm) => new { Site = site, Database = arguments.GetRequiredValue(database), Mode = mode, Confirm = confirm });
        Configure(databases, "/api/merges/databases", sessions, (arguments, site, mode, confirm) => new { Site = site, Target = arguments.GetValue(target), Mode = mode, Confirm = confirm });
        return new Command("merge", "Merges a Builder's databases from before August 2018; without --migrate it only plans.") { shards, databases, Report(sessions) };
    }

    private static Command Report(SessionFactory sessions)
    {
        var id = new Argument<string>("merge") { Description = "the merge's operation id" };
        var command = new Command("report", "Shows what a merge did, table by table, with the digests that prove it.") { id };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var report = await session.GetAsync<MergeReport>($"/api/merges/{Uri.EscapeDataString(arguments.GetRequiredValue(id))}", cancellationToken);
            if (session.IsJson)
            {
                session.WriteJson(report);
            }
            else
            {
                MergeView.Show(session, report);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Configure(Command command, string path, SessionFactory sessions, Func<ParseResult, string?, string, string?, object> bodyOf)
    {
        var site = Options.Site();
        var plan = Options.Plan("say what would be merged and what stands against it, and change nothing (the default)");
        var migrate = new Option<bool>("--migrate") { Description = "merge; wants --confirm" };
        var confirm = new Option<string?>("--confirm") { Description = "with --migrate: the site's name once more" };
        var noWait = Options.NoWait();
        foreach (var option in new Option[] { site, plan, migrate, confirm, noWait })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (Options.IsOn(result, plan) && Options.IsOn(result, migrate))
            {
                result.AddError("Give one of --plan and --migrate.");
            }
        });
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var body = bodyOf(arguments, arguments.GetValue(site), arguments.GetValue(migrate) ? "migrate" : "plan", Options.Confirmed(arguments.GetValue(confirm), arguments.GetValue(migrate), "--migrate"));
            return await Follow.StartAsync(session, path, body, !arguments.GetValue(noWait), MergeView.Show, cancellationToken);
        });
    }
}
