using System.Globalization;
using System.Text.RegularExpressions;

namespace BuilderDrFunctions.Postgres;

/// <summary>What a pg_restore that goes on after errors says at its end.</summary>
/// <remarks>
/// Facts from PostgreSQL: an error of a statement is two lines, the second the tool's own <c>Command was: …</c>, and the last line counts the errors;
/// those that its workers met while they connected are told, and not counted (<c>pg_backup_archiver.c</c>, 17).
/// </remarks>
internal static partial class RestoreErrors
{
    /// <summary>Whether nothing failed but the setting that a server up to 16 does not have.</summary>
    public static bool AreHarmless(string error)
    {
        var refused = Refused().Count(error);
        return refused > 0
            && refused == Told().Count(error)
            && Counted().Match(error) is { Success: true } counted
            && int.Parse(counted.Groups["errors"].Value, CultureInfo.InvariantCulture) <= refused;
    }

    [GeneratedRegex("^pg_restore: error: ", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Told();

    [GeneratedRegex("^pg_restore: error: could not execute query: .*\nCommand was: SET transaction_timeout = 0;\\s*$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Refused();

    [GeneratedRegex(@"^pg_restore: warning: errors ignored on restore: (?<errors>\d{1,9})\s*\z", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Counted();
}
