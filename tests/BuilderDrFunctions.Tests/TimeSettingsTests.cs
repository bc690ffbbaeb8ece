using System.Globalization;
using BuilderDrFunctions.Recovery;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace BuilderDrFunctions.Tests;

public sealed class TimeSettingsTests
{
    public TimeSettingsTests() => TimeSettings.Register();

    [Theory]
    [InlineData("48:00:00", "2.00:00:00")]
    [InlineData("26:30", "1.02:30:00")]
    [InlineData("24:00:00.5", "1.00:00:00.5")]
    [InlineData("23:59:59", "23:59:59")]
    [InlineData("1.02:00:00", "1.02:00:00")]
    [InlineData("7", "7.00:00:00")]
    [InlineData("26h", "1.02:00:00")]
    [InlineData(" 2d ", "2.00:00:00")]
    [InlineData("90m", "01:30:00")]
    [InlineData("45s", "00:00:45")]
    public void Hours_are_hours_however_many(string written, string meant) =>
        Assert.Equal(TimeSpan.Parse(meant, CultureInfo.InvariantCulture), Bind(written).Rpo);

    [Theory]
    [InlineData("two days")]
    [InlineData("48:75:00")]
    [InlineData("26H")]
    [InlineData("1d2h")]
    [InlineData("-3h")]
    public void What_is_no_time_is_refused(string written) =>
        Assert.Contains($"'{written}'", Assert.Throws<InvalidOperationException>(() => Bind(written)).Message, StringComparison.Ordinal);

    private static RecoveryObjectives Bind(string rpo) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { ["Rpo"] = rpo }).Build().Get<RecoveryObjectives>()!;
}
