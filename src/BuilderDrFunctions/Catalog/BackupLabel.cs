using System.Globalization;
using System.Text.RegularExpressions;
using BuilderDrFunctions.Durability;

namespace BuilderDrFunctions.Catalog;

/// <summary>Names a backup set: <c>20261122T020000Z-nightly-1a2b</c>. Labels sort by age, as text.</summary>
/// <param name="Value">The whole label.</param>
public readonly partial record struct BackupLabel(string Value)
{
    /// <summary>The longest name an operator may give, in characters.</summary>
    public const int LongestName = 40;

    /// <summary>When the run that made it began, UTC.</summary>
    public DateTimeOffset At =>
        DateTimeOffset.ParseExact(Value[..16], OperationId.TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>The label of a run: its time, the operator's name for it, and the run's own digits, so that no two runs share one.</summary>
    public static BackupLabel Of(OperationId operation, string name) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{operation.At.UtcDateTime.ToString(OperationId.TimeFormat, CultureInfo.InvariantCulture)}-{name}-{operation.Suffix}"));

    /// <summary>Whether an operator may call a set so: lower-case letters, digits and inner hyphens.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    /// <summary>Reads a label; null when it is none.</summary>
    public static BackupLabel? TryParse(string? text) =>
        text is not null && Shape().IsMatch(text)
        && DateTimeOffset.TryParseExact(text[..16], OperationId.TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
            ? new BackupLabel(text)
            : null;

    /// <inheritdoc/>
    public override string ToString() => Value;

    [GeneratedRegex(@"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\z", RegexOptions.None, 1000)]
    private static partial Regex Name();

    [GeneratedRegex(@"^[0-9]{8}T[0-9]{6}Z-[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?-[0-9a-f]{4}\z", RegexOptions.None, 1000)]
    private static partial Regex Shape();
}
