using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;

namespace BuilderDrFunctions;

/// <summary>
/// Reads a time as it is meant: .NET takes the first number of <c>48:00:00</c> for days, and an objective of two days would be one of seven weeks;
/// <c>48h</c>, <c>2d</c>, <c>90m</c> and <c>45s</c> it does not know.
/// </summary>
public sealed partial class TimeSettings : TimeSpanConverter
{
    private const int HoursOfDay = 24;

    /// <summary>Has settings read so in all of this process.</summary>
    public static void Register()
    {
        if (TypeDescriptor.GetConverter(typeof(TimeSpan)) is not TimeSettings)
        {
            TypeDescriptor.AddAttributes(typeof(TimeSpan), new TypeConverterAttribute(typeof(TimeSettings)));
        }
    }

    /// <inheritdoc/>
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) => value is string text ? Read(text) : base.ConvertFrom(context, culture, value);

    private static TimeSpan Read(string text)
    {
        if (Count().Match(text) is { Success: true } count)
        {
            var number = int.Parse(count.Groups["number"].Value, CultureInfo.InvariantCulture);
            return count.Groups["unit"].Value switch
            {
                "d" => TimeSpan.FromDays(number),
                "h" => TimeSpan.FromHours(number),
                "m" => TimeSpan.FromMinutes(number),
                _ => TimeSpan.FromSeconds(number),
            };
        }

        return Hours().Match(text) is { Success: true } match && int.Parse(match.Groups["hours"].Value, CultureInfo.InvariantCulture) is >= HoursOfDay and var hours
            ? TimeSpan.FromHours(hours) + TimeSpan.Parse($"0:{match.Groups["rest"].Value}", CultureInfo.InvariantCulture)
            : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time
            : throw new FormatException($"'{text}' is no time; write one such as 26:00:00, 1.02:00:00 or 26h");
    }

    [GeneratedRegex(@"^\s*(?<hours>[0-9]{2,5}):(?<rest>[0-5][0-9](:[0-5][0-9](\.[0-9]{1,7})?)?)\s*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Hours();

    [GeneratedRegex(@"^\s*(?<number>[0-9]{1,6})(?<unit>[dhms])\s*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Count();
}
