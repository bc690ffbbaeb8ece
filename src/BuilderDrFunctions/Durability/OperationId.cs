using System.Globalization;
using System.Text.RegularExpressions;

namespace BuilderDrFunctions.Durability;

/// <summary>Names one run: <c>backup-20261122T020000Z-main-1a2b</c> (kind, UTC start, site, four hex digits). It is the run's instance id.</summary>
public sealed partial record OperationId(string Kind, DateTimeOffset At, string Site, string Suffix)
{
    /// <summary>The form of a time in ids and labels, to the second, UTC.</summary>
    public const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>The instance whose life is the site's lock: while it lives, no second operation of that site starts.</summary>
    public string LockId => LockOf(Site);

    /// <summary>The lock instance of a site.</summary>
    public static string LockOf(string site) => $"dr-{site}";

    /// <summary>A new id.</summary>
    public static OperationId New(string kind, string site, DateTimeOffset now) =>
        new(kind, now.ToUniversalTime(), site, Guid.NewGuid().ToString("N")[..4]);

    /// <summary>Reads an id; null when it is none.</summary>
    public static OperationId? TryParse(string? text)
    {
        var match = Shape().Match(text ?? "");
        return match.Success && DateTimeOffset.TryParseExact(
                match.Groups["at"].Value, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? new OperationId(match.Groups["kind"].Value, at, match.Groups["site"].Value, match.Groups["suffix"].Value)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind}-{At.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}-{Site}-{Suffix}");

    [GeneratedRegex(@"^(?<kind>[a-z]+)-(?<at>[0-9]{8}T[0-9]{6}Z)-(?<site>[a-z0-9][a-z0-9-]{0,39})-(?<suffix>[0-9a-f]{4})\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Shape();
}
