using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;

namespace BuilderDrFunctions;

/// <summary>Reads a time of 24 hours or more as it is meant: .NET takes the first number of <c>48:00:00</c> for days, and an objective of two days would be one of seven weeks.</summary>
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
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string text && Hours().Match(text) is { Success: true } match && int.Parse(match.Groups["hours"].Value, CultureInfo.InvariantCulture) is >= HoursOfDay and var hours
            ? TimeSpan.FromHours(hours) + TimeSpan.Parse($"0:{match.Groups["rest"].Value}", CultureInfo.InvariantCulture)
            : base.ConvertFrom(context, culture, value);

    [GeneratedRegex(@"^\s*(?<hours>[0-9]{2,5}):(?<rest>[0-5][0-9](:[0-5][0-9](\.[0-9]{1,7})?)?)\s*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Hours();
}
