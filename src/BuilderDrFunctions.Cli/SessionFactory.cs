using System.CommandLine;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary>Makes the session of one command.</summary>
internal sealed class SessionFactory(ConnectionOptions options, IAnsiConsole console, TextWriter error)
{
    // Health alone may take as long: it asks every Builder.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromMinutes(4);

    /// <summary>Opens it; nothing is asked yet.</summary>
    /// <param name="arguments">Of the command.</param>
    /// <param name="limit">How long an answer may take; null: as long as the app may need for one.</param>
    public Session Open(ParseResult arguments, TimeSpan? limit = null)
    {
        var (key, source) = options.KeyOf(arguments);
        return new Session(options.UrlOf(arguments), key, source, options.IsJson(arguments), console, error, limit ?? LongestAnswer);
    }
}
