using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>What an operator can mend by the settings, told of an exception in lines that name them as they are typed.</summary>
internal static partial class StartupProblems
{
    private const string Addresses = "ASPNETCORE_URLS";

    /// <summary>Has the app check all options that it wants checked before it starts.</summary>
    public static IReadOnlyList<string> InOptions(IServiceProvider services, IConfiguration settings)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return [];
        }
        catch (Exception exception) when (Of(exception, settings) is not null)
        {
            return Of(exception, settings)!;
        }
    }

    /// <summary>One line for each problem; null: it is none of the settings'.</summary>
    /// <param name="exception">Kept the app from starting.</param>
    /// <param name="settings">Where they are known, the value that is refused is told too.</param>
    public static IReadOnlyList<string>? Of(object exception, IConfiguration? settings = null) => exception switch
    {
        FunctionsStartupException startup => startup.Problems,
        OptionsValidationException invalid => [.. invalid.Failures.Select(failure => OfFailure(invalid.OptionsType, failure, settings))],
        AggregateException many when many.InnerExceptions.All(inner => Of(inner, settings) is not null) => [.. many.InnerExceptions.SelectMany(inner => Of(inner, settings)!)],
        InvalidOperationException unread when Unread().Match(unread.Message) is { Success: true } match => [OfUnread(match, unread.InnerException)],
        IOException { InnerException: AddressInUseException } taken =>
            [$"{Addresses}: {Url().Match(taken.Message).Value} is taken by another program; end that one, or give another address"],
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable or SocketError.AccessDenied } refused =>
            [$"{Addresses}: this machine does not let the app listen there ({refused.Message}); give an address of its own and a port that the user may open"],
        FormatException address when address.Message.StartsWith("Invalid url: ", StringComparison.Ordinal) =>
            [$"{Addresses}: {address.Message["Invalid url: ".Length..]} is no address; give one such as {RuntimeConfiguration.DefaultUrl}"],
        _ => null,
    };

    // The binder tells path and type in words alone.
    private static string OfUnread(Match match, Exception? why)
    {
        var (value, type) = (match.Groups["value"].Value, match.Groups["type"].Value);
        var reason = type switch
        {
            "System.Int32" or "System.Int64" => $"'{value}' is no whole number",
            "System.Double" or "System.Decimal" => $"'{value}' is no number",
            "System.Boolean" => $"'{value}' is neither true nor false",
            _ when EnumOf(type) is { } words => $"'{value}' is none of {string.Join(", ", Enum.GetNames(words)).ToLowerInvariant()}",
            _ => why?.Message.TrimEnd('.') ?? $"'{value}' cannot be read",
        };
        return $"{Typed(match.Groups["path"].Value)}: {reason}";
    }

    private static Type? EnumOf(string type) =>
        AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(type)).FirstOrDefault(found => found is { IsEnum: true });

    // The attributes of System.ComponentModel.DataAnnotations name classes; a class that tells its section is named as that.
    private static string OfFailure(Type options, string failure, IConfiguration? settings)
    {
        var text = Annotation().Match(failure) is { Success: true } annotated ? annotated.Groups["error"].Value : failure;
        var match = Field().Match(text);
        if (!match.Success || options.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) is not string section)
        {
            return text.ReplaceLineEndings(" ");
        }

        var name = match.Groups["path"].Value;
        var path = name.StartsWith(options.Name + ".", StringComparison.Ordinal) ? name[(options.Name.Length + 1)..] : name;
        var key = $"{section}:{path.Replace('.', ':')}";
        var rule = match.Groups["rule"].Value;
        return rule is "is required" || settings?[key] is not { Length: > 0 } value
            ? $"{Typed(key)} {rule}" : $"{Typed(key)}: '{value}' {rule.Replace("must be ", "is not ", StringComparison.Ordinal)}";
    }

    private static string Typed(string path) => path.Replace(":", "__", StringComparison.Ordinal);

    [GeneratedRegex("^Failed to convert configuration value '(?<value>.*)' at '(?<path>[^']+)' to type '(?<type>[^']+)'", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex Unread();

    [GeneratedRegex("[a-z]+://[^ ]*[^ :]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Url();

    [GeneratedRegex("^DataAnnotation validation failed for '.*' members: '.*' with the error: '(?<error>.*)'\\.$", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex Annotation();

    [GeneratedRegex("^([A-Za-z0-9]+: )?The (field )?(?<path>[A-Za-z0-9.]+) (field )?(?<rule>(must be|is) .*?)\\.?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Field();
}
