using System.Numerics;
using System.Text.RegularExpressions;

namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>What host.json and the app settings say about the host itself.</summary>
/// <param name="Engine">The durable engine's share; its time limits and drain are every function's.</param>
/// <param name="RoutePrefix">Stands before every function's route; may be empty.</param>
/// <param name="UseForwardedHost">Management addresses follow X-Forwarded-Host and X-Forwarded-Proto.</param>
/// <param name="StateFolder">Full path; holds state.db, keys.json and timers.json.</param>
/// <param name="MaxRequestBody">Bytes.</param>
/// <param name="TimeZone">Schedules are read in this zone.</param>
internal sealed partial record HostSettings(
    DurableEngineOptions Engine, string RoutePrefix, bool UseForwardedHost, string StateFolder, long MaxRequestBody, TimeZoneInfo TimeZone)
{
    private const string Time = "a time of the form hh:mm:ss, at most 40 days";
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(40);

    private delegate bool TryParse<T>(string text, [MaybeNullWhen(false)] out T value);

    /// <summary>Reads everything; what cannot be used is added to the problems and replaced by its default.</summary>
    public static HostSettings Read(IConfiguration settings, IConfiguration hostJson, ICollection<string> problems)
    {
        var folder = Path.GetFullPath(settings["LocalRuntime:StateFolder"] ?? "./.builder-dr-state");
        var hub = hostJson["extensions:durableTask:hubName"] ?? "TestHubName";
        if (!HubNameShape().IsMatch(hub))
        {
            problems.Add($"host.json: hubName '{hub}' is not 3 to 45 letters and digits that start with a letter.");
        }

        var engine = new DurableEngineOptions
        {
            StateFile = Path.Combine(folder, "state.db"),
            HubName = hub,
            MaxConcurrentActivities = Number(hostJson, "extensions:durableTask:maxConcurrentActivityFunctions", 10 * Environment.ProcessorCount),
            MaxConcurrentOrchestrators = Number(hostJson, "extensions:durableTask:maxConcurrentOrchestratorFunctions", 10 * Environment.ProcessorCount),
            ActivityTimeout = Parse(hostJson, "functionTimeout", TimeSpan.FromMinutes(30), TryParseTime, Time),
            DrainTimeout = Parse(settings, "LocalRuntime:DrainTimeout", TimeSpan.FromSeconds(30), TryParseTime, Time),
        };
        return new HostSettings(
            engine,
            (hostJson["extensions:http:routePrefix"] ?? "api").Trim('/'),
            bool.TryParse(hostJson["extensions:durableTask:httpSettings:useForwardedHost"], out var forwarded) && forwarded,
            folder,
            Number(settings, "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", 104_857_600L),
            Parse(settings, "WEBSITE_TIME_ZONE", TimeZoneInfo.Utc, TimeZoneInfo.TryFindSystemTimeZoneById, "a time zone that this machine knows"));

        T Number<T>(IConfiguration source, string key, T fallback)
            where T : struct, INumber<T> => Parse(
                source, key, fallback, static (text, out number) => T.TryParse(text, CultureInfo.InvariantCulture, out number) && number > T.Zero, "a positive whole number");

        T Parse<T>(IConfiguration source, string key, T fallback, TryParse<T> parse, string what)
        {
            if (source[key] is not { Length: > 0 } text)
            {
                return fallback;
            }

            if (parse(text, out var value))
            {
                return value;
            }

            problems.Add($"{key} is '{text}', not {what}.");
            return fallback;
        }
    }

    private static bool TryParseTime(string text, out TimeSpan time)
    {
        time = Timeout.InfiniteTimeSpan;
        return text is "-1" || (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out time) && time > TimeSpan.Zero && time <= LongestTime);
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]{2,44}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HubNameShape();
}
