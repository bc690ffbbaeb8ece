using BuilderDrFunctions.Monitoring;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

public sealed class SettingsCheckTests
{
    [Theory]
    [InlineData("Sites:main:Service:Host")]
    [InlineData("sites:second-one:postgres:port")]
    [InlineData("Vault:Copy:Url")]
    [InlineData("Vault:Encryption:Key")]
    [InlineData("Notifications:ops:Events:0")]
    [InlineData("Schedules:Backup")]
    [InlineData("Objectives:Rpo")]
    [InlineData("AzureWebJobsStorage:accountName")]
    public async Task What_is_read_or_not_this_apps_is_well(string setting) =>
        Assert.Equal(HealthStatus.Ok, (await CheckAsync(setting)).Status);

    [Theory]
    [InlineData("Sites:main:Servce:Host", "Sites__main__Servce")]
    [InlineData("Sites:main:Service:Hots", "Sites__main__Service__Hots")]
    [InlineData("Retention:KeepDialy", "Retention__KeepDialy")]
    [InlineData("Vault:Copy:Uri", "Vault__Copy__Uri")]
    public async Task What_nothing_reads_is_named_without_its_value(string setting, string named)
    {
        var check = await CheckAsync(setting);

        Assert.Equal((HealthStatus.Warning, "DR9018", $"nothing reads the setting: {named}"), (check.Status, check.Code, check.Summary));
    }

    private static Task<HealthCheck> CheckAsync(string setting) =>
        new Watched(settings: new Dictionary<string, string?>(StringComparer.Ordinal) { [setting] = "secret" }).CheckAsync(SettingsCheck.Name);
}
