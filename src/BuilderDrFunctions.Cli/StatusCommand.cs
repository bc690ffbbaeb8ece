using System.CommandLine;
using System.Globalization;
using System.Net;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Monitoring;

namespace BuilderDrFunctions.Cli;

/// <summary><c>status</c>: a Nagios plugin. One line, and 0, 1, 2 or 3 for OK, WARNING, CRITICAL and UNKNOWN.</summary>
internal static class StatusCommand
{
    private const int DefaultSeconds = 30;
    private const int MostSeconds = 3600;

    private static readonly HttpStatusCode[] AlsoGood = [HttpStatusCode.ServiceUnavailable];

    public static Command Create(SessionFactory sessions)
    {
        var site = new Option<string?>("--site") { Description = "only this Builder, and the app as such" };
        var timeout = Timeout();
        var command = new Command("status", "One line for a monitoring system; exit code 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.") { site, timeout };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            try
            {
                using var session = sessions.Open(arguments, TimeSpan.FromSeconds(arguments.GetValue(timeout)));
                return await TellAsync(session, arguments.GetValue(site), cancellationToken);
            }
            catch (FaultException fault)
            {
                await Console.Out.WriteLineAsync($"BUILDER-DR UNKNOWN - {fault.Code}: {fault.What}; {fault.Hint}");
                return ExitCodes.Unknown;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await Console.Out.WriteLineAsync("BUILDER-DR UNKNOWN - it was ended before Builder DR answered; give it more time, or less to --timeout");
                return ExitCodes.Unknown;
            }
        });
        return command;
    }

    private static async Task<int> TellAsync(Session session, string? site, CancellationToken cancellationToken)
    {
        var report = await session.SendAsync<HealthReport>(HttpMethod.Get, "/api/health", null, AlsoGood, cancellationToken);
        var checks = report.Checks.Where(check => site is null || check.Site is null || check.Site == site).ToList();
        if (site is not null && !checks.Exists(check => check.Site is not null))
        {
            session.WritePlain($"BUILDER-DR UNKNOWN - there is no site '{site}'");
            return ExitCodes.Unknown;
        }

        if (session.IsJson)
        {
            session.WriteJson(HealthReport.Of(report.CheckedAt, checks));
        }
        else
        {
            session.WritePlain(LineOf(checks));
        }

        return CodeOf(checks);
    }

    private static Option<int> Timeout()
    {
        var timeout = new Option<int>("--timeout") { Description = $"how many seconds Builder DR may take to answer before this says UNKNOWN; default: {DefaultSeconds}", DefaultValueFactory = _ => DefaultSeconds };
        timeout.Validators.Add(result =>
        {
            if (result.Tokens is [var given] && int.TryParse(given.Value, CultureInfo.InvariantCulture, out var seconds) && seconds is < 1 or > MostSeconds)
            {
                result.AddError($"--timeout takes 1 to {MostSeconds} seconds, not {seconds}.");
            }
        });
        return timeout;
    }

    /// <summary>Nagios holds CRITICAL worse than UNKNOWN, as health does.</summary>
    private static int CodeOf(IReadOnlyList<HealthCheck> checks) => checks.Max(check => check.Status) switch
    {
        HealthStatus.Ok => 0,
        HealthStatus.Warning => 1,
        HealthStatus.Critical => 2,
        _ => ExitCodes.Unknown,
    };

    private static string LineOf(IReadOnlyList<HealthCheck> checks)
    {
        var worst = checks.Max(check => check.Status);
        var bad = checks.Where(check => check.Status != HealthStatus.Ok).OrderByDescending(check => check.Status).ToList();
        var text = bad.Count > 0
            ? string.Join("; ", bad.Select(check => $"{check.Code}: {check.Summary}"))
            : string.Join("; ", checks.Where(check => check.Name == "recoveryPoint").Select(check => $"{check.Site}: {check.Summary}"));
        var figures = checks.Where(check => check.Name is "recoveryPoint" or "drill" or "verify" && check.AgeSeconds is not null)
            .Select(check => string.Create(CultureInfo.InvariantCulture, $"'{check.Site} {check.Name}'={check.AgeSeconds}s;;{check.LimitSeconds};0"));
        return $"BUILDER-DR {worst.ToString().ToUpperInvariant()} - {text.Replace('|', '/')} | {string.Join(' ', figures)}".TrimEnd(' ', '|');
    }
}
