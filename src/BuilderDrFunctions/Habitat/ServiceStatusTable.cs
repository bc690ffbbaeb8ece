namespace BuilderDrFunctions.Habitat;

/// <summary>Reads what <c>hab svc status</c> prints: a heading (package, type, desired, state, elapsed (s), pid, group) and a line for each service.</summary>
/// <remarks>Source: habitat-sh/habitat, components/hab/src/cli_v4/svc/status.rs. Versions before 0.56 have no column <c>desired</c>.</remarks>
internal static class ServiceStatusTable
{
    /// <summary>What it says of the service; unknown when it is not loaded; null when this is no such table.</summary>
    internal static ServiceStatus? Parse(string output, string service)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Any(line => line.StartsWith("No services loaded", StringComparison.Ordinal)))
        {
            return ServiceStatus.NotLoaded;
        }

        var heading = Array.FindIndex(lines, line => line.StartsWith("package", StringComparison.Ordinal));
        if (heading < 0)
        {
            return null;
        }

        var columns = Words(lines[heading]);
        var row = lines.Skip(heading + 1).Select(Words)
            .FirstOrDefault(words => words[0] == service || words[0].StartsWith(service + "/", StringComparison.Ordinal));
        if (row is null)
        {
            return ServiceStatus.NotLoaded;
        }

        return IsUp(Cell("state")) is { } up ? new ServiceStatus(up ? ServiceState.Up : ServiceState.Down, IsUp(Cell("desired"))) : null;

        string? Cell(string name) => Array.IndexOf(columns, name) is var at and >= 0 && at < row.Length ? row[at] : null;
    }

    /// <summary>The packages, as <c>origin/name</c>, of the services that are up; null when this is no such table.</summary>
    internal static IReadOnlyList<string>? Running(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Any(line => line.StartsWith("No services loaded", StringComparison.Ordinal)))
        {
            return [];
        }

        var heading = Array.FindIndex(lines, line => line.StartsWith("package", StringComparison.Ordinal));
        var state = heading < 0 ? -1 : Array.IndexOf(Words(lines[heading]), "state");
        return state < 0 ? null : [.. lines.Skip(heading + 1).Select(Words).Where(words => words.Length > state && IsUp(words[state]) is true).Select(words => string.Join('/', words[0].Split('/').Take(2)))];
    }

    private static string[] Words(string line) => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private static bool? IsUp(string? word) => word switch
    {
        "up" => true,
        "down" => false,
        _ => null,
    };
}

/// <summary>A service's state, and the one it was last told to reach.</summary>
/// <param name="State">What it is in.</param>
/// <param name="WantedUp">Null where the supervisor does not say.</param>
internal readonly record struct ServiceStatus(ServiceState State, bool? WantedUp)
{
    internal static ServiceStatus NotLoaded => new(ServiceState.Unknown, WantedUp: null);
}
