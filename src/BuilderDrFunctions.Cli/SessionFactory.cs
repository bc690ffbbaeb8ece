using System.CommandLine;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary>Makes the session of one command.</summary>
internal sealed class SessionFactory(ConnectionOptions options, IAnsiConsole console, TextWriter error)
{
    public Session Open(ParseResult arguments)
    {
        var (key, source) = options.KeyOf(arguments);
        return new Session(options.UrlOf(arguments), key, source, options.IsJson(arguments), console, error);
    }
}
