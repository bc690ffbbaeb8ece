using System.Text.RegularExpressions;

namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>What host.json and the app settings say about the host itself.</summary>
internal sealed partial record HostSettings
{
    public const long DefaultMaxRequestBody = 104_857_600;

    /// <summary>Stands before every function's route; may be empty.</summary>
    public required string RoutePrefix { get; init; }

    /// <summary>Infinite for "-1".</summary>
    public required TimeSpan FunctionTimeout { get; init; }

    public required string HubName { get; init; }

    public required int MaxActivities { get; init; }

    public required int MaxOrchestrators { get; init; }

    /// <summary>Management addresses follow X-Forwarded-Host and X-Forwarded-Proto.</summary>
    public required bool UseForwardedHost { get; init; }

    /// <summary>Full path; holds state.db, keys.json and timers.json.</summary>
    public required string StateFolder { get; init; }

    /// <summary>How long requests, and then activities, may go on after a stop was asked for.</summary>
    public required TimeSpan DrainTimeout { get; init; }

    /// <summary>Bytes.</summary>
    public required long MaxRequestBody { get; init; }

    /// <summary>Schedules are read in this zone.</summary>
    public required TimeZoneInfo TimeZone { get; init; }

    /// <summary>Reads everything; what cannot be used is added to the problems and replaced by its default.</summary>
    public static HostSettings Read(IConfiguration settings, IConfiguration hostJson, ICollection<string> problems)
    {
        var hub = hostJson["extensions:durableTask:hubName"] ?? "TestHubName";
        if (!HubNameShape().IsMatch(hub))
        {
            problems.Add($"host.json: hubName '{hub}' is not 3 to 45 letters and digits that start with a letter.");
        }

        return new HostSettings
        {
            RoutePrefix = (hostJson["extensions:http:routePrefix"] ?? "api").Trim('/'),
            FunctionTimeout = ReadTime(hostJson, "functionTimeout", TimeSpan.FromMinutes(30), problems),
            HubName = hub,
            MaxActivities = ReadNumber(hostJson, "extensions:durableTask:maxConcurrentActivityFunctions", 10 * Environment.ProcessorCount, problems),
            MaxOrchestrators = ReadNumber(hostJson, "extensions:durableTask:maxConcurrentOrchestratorFunctions", 10 * Environment.ProcessorCount, problems),
            UseForwardedHost = bool.TryParse(hostJson["extensions:durableTask:httpSettings:useForwardedHost"], out var forwarded) && forwarded,
            StateFolder = Path.GetFullPath(settings["LocalRuntime:StateFolder"] ?? "./.builder-dr-state"),
            DrainTimeout = ReadTime(settings, "LocalRuntime:DrainTimeout", TimeSpan.FromSeconds(30), problems),
            MaxRequestBody = ReadNumber(settings, "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", DefaultMaxRequestBody, problems),
            TimeZone = ReadZone(settings["WEBSITE_TIME_ZONE"], problems),
        };
    }

    private static T ReadNumber<T>(IConfiguration settings, string key, T fallback, ICollection<string> problems)
        where T : struct, IParsable<T>, IComparable<T>
    {
        if (settings[key] is not { Length: > 0 } text)
        {
            return fallback;
        }

        if (T.TryParse(text, CultureInfo.InvariantCulture, out var number) && number.CompareTo(default) > 0)
        {
            return number;
        }

        problems.Add($"{key} is '{text}', not a positive whole number.");
        return fallback;
    }

    private static TimeSpan ReadTime(IConfiguration settings, string key, TimeSpan fallback, ICollection<string> problems)
    {
        if (settings[key] is not { Length: > 0 } text)
        {
            return fallback;
        }

        if (text is "-1")
        {
            return Timeout.InfiniteTimeSpan;
        }

        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time > TimeSpan.Zero)
        {
            return time;
        }

        problems.Add($"{key} is '{text}', not a time of the form hh:mm:ss.");
        return fallback;
    }

    private static TimeZoneInfo ReadZone(string? name, ICollection<string> problems)
    {
        if (name is not { Length: > 0 })
        {
            return TimeZoneInfo.Utc;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
        {
            return zone;
        }

        problems.Add($"WEBSITE_TIME_ZONE is '{name}', which this machine does not know.");
        return TimeZoneInfo.Utc;
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]{2,44}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HubNameShape();
}
