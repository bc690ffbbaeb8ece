using System.CommandLine;

namespace BuilderDrFunctions.Cli;

/// <summary>Options that several commands have.</summary>
internal static class Options
{
    public static Option<string?> Site() => new("--site") { Description = "which Builder; may be left out when only one is configured" };

    public static Option<bool> NoWait() => new("--no-wait") { Description = "only start it" };

    public static Option<bool> Plan(string what) => new("--plan") { Description = what };

    /// <summary>The confirmation that goes with an option, and is asked for before the app is.</summary>
    public static string? Confirmed(string? confirm, bool isNeeded, string what) => isNeeded && string.IsNullOrEmpty(confirm) ? throw CliFaults.Unconfirmed(what) : confirm;

    public static Argument<string> Set() => new("set") { Description = "a set's id, or latest", DefaultValueFactory = _ => "latest" };
}
