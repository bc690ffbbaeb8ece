using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.Restore;

namespace BuilderDrFunctions.Cli;

/// <summary><c>restore</c>.</summary>
internal static class RestoreCommand
{
    private static readonly string[] Moments = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK"];

    public static Command Create(SessionFactory sessions)
    {
        var set = Options.Set();
        var asOf = AsOf();
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
        var prune = new Option<bool>("--prune") { Description = "--plan: also list what the bucket has and the set has not" };
        var prunePlan = new Option<string?>("--prune-plan") { Description = "--replace: remove from the bucket what this plan listed: its operation's id" };
        var noWait = Options.NoWait();
        var command = new Command("restore", "Restores a set; without --scratch or --replace it only plans.")
        {
            set, asOf, site, source, plan, scratch, replace, confirm, parts, database, force, losses, overwrite, configuration, prune, prunePlan, noWait,
        };
        command.Validators.Add(result =>
        {
            OneOf(result, "Give one of --plan, --scratch and --replace.", Options.IsOn(result, plan), Options.IsOn(result, scratch), Options.IsOn(result, replace));
            OneOf(result, "Give a set or --as-of, not both.", result.GetResult(set) is { Implicit: false }, Options.IsGiven(result, asOf));
            OneOf(result, "--prune goes with a plan; --replace removes what a plan listed, with --prune-plan and its id.", Options.IsOn(result, prune), Options.IsOn(result, scratch) || Options.IsOn(result, replace));
            OneOf(result, "--prune-plan goes with --replace.", Options.IsGiven(result, prunePlan), !Options.IsOn(result, replace));
        });
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var session = sessions.Open(arguments);
            var request = new RestoreRequest
            {
                Backup = arguments.GetValue(asOf) is { } moment
                    ? JsonSerializer.SerializeToElement(new { asOf = moment })
                    : JsonSerializer.SerializeToElement(arguments.GetRequiredValue(set)),
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
                Prune = arguments.GetValue(prune) || arguments.GetValue(prunePlan) is not null,
                Plan = arguments.GetValue(prunePlan),
            };
            List<string> given = [.. new[] { force, losses, overwrite, configuration }.Where(option => arguments.GetValue(option)).Select(option => option.Name)];
            return await Follow.StartAsync(
                session, "/api/restores", request, !arguments.GetValue(noWait), (shown, view) => RestoreReport.Show(shown, view, given), cancellationToken);
        });
        return command;
    }

    private static void OneOf(CommandResult result, string otherwise, params ReadOnlySpan<bool> given)
    {
        if (given.Count(true) > 1)
        {
            result.AddError(otherwise);
        }
    }

    // Everything that is shown is in UTC, so what names no zone is meant so.
    private static Option<DateTimeOffset?> AsOf() => new("--as-of")
    {
        Description = "instead of a set: the newest that shows no later moment, such as 2026-11-22T14:30 (UTC unless it says otherwise)",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (DateTimeOffset.TryParseExact(text, Moments, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
            {
                // Moments are shown by the second, and a set shows a part of one: what is typed as it is shown means all of that second.
                return moment.Ticks % TimeSpan.TicksPerSecond == 0 ? moment.AddTicks(TimeSpan.TicksPerSecond - 1) : moment;
            }

            result.AddError($"'{text}' is no moment; give one such as 2026-11-22T14:30 or 2026-11-22T14:30+01:00.");
            return null;
        },
    };
}
