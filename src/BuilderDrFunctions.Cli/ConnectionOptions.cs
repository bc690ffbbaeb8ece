using System.CommandLine;
using System.Text.Json;

namespace BuilderDrFunctions.Cli;

/// <summary>Where the app is and which key opens it.</summary>
internal sealed class ConnectionOptions(Func<string, string?> environment)
{
    private const string DefaultUrl = "http://127.0.0.1:7071";
    private const string LocalKeys = ".builder-dr-state/keys.json";

    private readonly Option<string?> _url = new("--url") { Description = "where the app serves; default: BUILDER_DR_URL, else " + DefaultUrl, Recursive = true };

    private readonly Option<string?> _keyFile = new("--key-file")
    {
        Description = $"a file with the function key, or the app's keys.json; default: BUILDER_DR_KEY, BUILDER_DR_KEY_FILE, else {LocalKeys}",
        Recursive = true,
    };

    private readonly Option<bool> _json = new("--json") { Description = "print what the API answers, for scripts", Recursive = true };

    /// <summary>Adds the options to all commands.</summary>
    public void AddTo(RootCommand root)
    {
        root.Options.Add(_url);
        root.Options.Add(_keyFile);
        root.Options.Add(_json);
    }

    /// <summary>Whether scripts read the output.</summary>
    public bool IsJson(ParseResult arguments) => arguments.GetValue(_json);

    /// <summary>The app's address.</summary>
    public Uri UrlOf(ParseResult arguments)
    {
        var text = arguments.GetValue(_url) ?? NotEmpty("BUILDER_DR_URL") ?? DefaultUrl;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp) ? url : throw CliFaults.BadUrl(text);
    }

    /// <summary>The key, and where it comes from in words.</summary>
    public (string Key, string Source) KeyOf(ParseResult arguments)
    {
        if (arguments.GetValue(_keyFile) is { } given)
        {
            return (ReadKey(given), given);
        }

        if (NotEmpty("BUILDER_DR_KEY") is { } key)
        {
            return (Sendable(key, "BUILDER_DR_KEY"), "BUILDER_DR_KEY");
        }

        var file = NotEmpty("BUILDER_DR_KEY_FILE") ?? (File.Exists(LocalKeys) ? LocalKeys : throw CliFaults.NoKey());
        return (ReadKey(file), file);
    }

    private string? NotEmpty(string name) => environment(name)?.Trim() is { Length: > 0 } value ? value : null;

    private static string ReadKey(string path)
    {
        try
        {
            var text = File.ReadAllText(path).Trim();
            if (!text.StartsWith('{'))
            {
                return text.Length > 0 ? Sendable(text, path) : throw CliFaults.BadKey(path, "it is empty");
            }

            using var keys = JsonDocument.Parse(text);
            return keys.RootElement.GetProperty("functionKeys").GetProperty("default").GetString() is { Length: > 0 } key
                ? Sendable(key, path)
                : throw CliFaults.BadKey(path, "it has no default key");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CliFaults.BadKey(path, exception.Message);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw CliFaults.BadKey(path, "it is neither a key nor the app's keys.json");
        }
    }

    // HTTP takes nothing else in a header.
    private static string Sendable(string key, string source) =>
        key.All(letter => letter is >= ' ' and <= '~') ? key : throw CliFaults.BadKey(source, "no key has line breaks or letters beyond ASCII");
}
