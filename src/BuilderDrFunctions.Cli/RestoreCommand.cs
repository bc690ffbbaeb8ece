using System.CommandLine;
using System.Text.Json;
using BuilderDrFunctions.Restore;

namespace BuilderDrFunctions.Cli;

/// <summary><c>restore</c>.</summary>
internal static class RestoreCommand
{
    public static Command Create(SessionFactory sessions)
    {
        var set = Options.Set();
        var site = Options.Site();
        var source = new Option<string?>("--source") { Description = "the Builder whose sets are meant, where it is another one" };
        var plan = Options.Plan("say what would be done and change nothing (the default)");
        var scratch = new Option<bool>("--scratch") { Description = "into a database and bucket prefix of its own" };
        var replace = new Option<bool>("--replace") { Description = "in place of what is live; wants --confirm" };
        var confirm = new Option<string?>("--confirm") { Description = "with --replace: the site's name once more" };
        var parts = new Option<RestorePart[]>("--parts") { Description = "database, artifacts, keys; default: all that the set has", AllowMultipleArgumentsPerToken = true };
        var database = new Option<string?>("--database") { Description = "--scratch: the new database's name; --replace: the live one's" };
        var force = new Option<bool>("--force") { Description = "end the sessions that others have open on the live database" };
        var losses = new Option<bool>("--accept-losses") { Description = "go on although keys or artifacts are lost" };
        var overwrite = new Option<bool>("--overwrite-keys") { Description = "overwrite Builder's keys on the host that differ" };
        var configuration = new Option<bool>("--write-configuration") { Description = "put user.toml and certificates in their place, too; else they are put beside" };
        var noWait = Options.NoWait();
        var command = new Command("restore", "Restores a set; without --scratch or --replace it only plans.")
        {
            set, site, source, plan, scratch, replace, confirm, parts, database, force, losses, overwrite, configuration, noWait,
        };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(plan) ? 1 : 0) + (result.GetValue(scratch) ? 1 : 0) + (result.GetValue(replace) ? 1 : 0) > 1)
            {
                result.AddError("Give one of --plan, --scratch and --replace.");
            }
        });
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var request = new RestoreRequest
            {
                Backup = JsonSerializer.SerializeToElement(arguments.GetRequiredValue(set)),
                Site = arguments.GetValue(site),
                Source = arguments.GetValue(source),
                Mode = arguments.GetValue(replace) ? RestoreMode.Replace : arguments.GetValue(scratch) ? RestoreMode.Scratch : RestoreMode.Plan,
                Confirm = Options.Confirmed(arguments.GetValue(confirm), arguments.GetValue(replace), "--replace"),
                Parts = arguments.GetValue(parts) is { Length: > 0 } some ? some : null,
                Database = arguments.GetValue(database),
                Force = arguments.GetValue(force),
                AcceptLosses = arguments.GetValue(losses),
                OverwriteKeys = arguments.GetValue(overwrite),
                WriteConfiguration = arguments.GetValue(configuration),
            };
            List<string> given = [.. new[] { force, losses, overwrite, configuration }.Where(option => arguments.GetValue(option)).Select(option => option.Name)];
            return await Follow.StartAsync(
                session, "/api/restores", request, !arguments.GetValue(noWait), (shown, view) => RestoreReport.Show(shown, view, given), cancellationToken);
        });
        return command;
    }
}
