using System.CommandLine;
using System.CommandLine.Parsing;

namespace BuilderDrFunctions.Cli;

/// <summary>Options that several commands have.</summary>
internal static class Options
{
    public static Option<string?> Site() => new("--site") { Description = "which Builder; may be left out when only one is configured" };

    public static Option<bool> NoWait() => new("--no-wait") { Description = "only start it" };

    public static Option<bool> Plan(string what) => new("--plan") { Description = what };

    /// <summary>Whether it was given, for a validator: to ask for its value throws where that was refused, and the refusal is all that is to be said.</summary>
    public static bool IsGiven(SymbolResult result, Option option) => result.GetResult(option) is { Implicit: false };

    /// <summary>The same of a switch, which <c>=false</c> takes back.</summary>
    public static bool IsOn(SymbolResult result, Option<bool> option) =>
        result.GetResult(option) is { Implicit: false } given && given.Tokens.All(token => bool.TryParse(token.Value, out var on) && on);

    /// <summary>The confirmation that goes with an option, and is asked for before the app is.</summary>
    public static string? Confirmed(string? confirm, bool isNeeded, string what) => isNeeded && string.IsNullOrEmpty(confirm) ? throw CliFaults.Unconfirmed(what) : confirm;

    public static Argument<string> Set() => new("set") { Description = "a set's id, or latest", DefaultValueFactory = _ => "latest" };
}
