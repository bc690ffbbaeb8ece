using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace BuilderDrFunctions.Tests.Vault;

public sealed class VaultFactoryTests
{
    private const string Key = "c2VjcmV0LXNlY3JldA==";

    [Theory]
    [InlineData("https://account.blob.core.windows.net/sets", "https://account.blob.core.windows.net/sets")]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1/sets", "http://127.0.0.1:10000/devstoreaccount1/sets")]
    [InlineData("file:///backup/sets/", "file:///backup/sets")]
    public void Opens_what_the_address_names(string url, string description) =>
        Assert.Equal(description, VaultFactory.Create(new VaultOptions { Url = url, AccountKey = Key }, TimeProvider.System).Description);

    [Theory]
    [InlineData("sets")]
    [InlineData("ftp://account/sets")]
    [InlineData("https://account.blob.core.windows.net")]
    [InlineData("https://account.blob.core.windows.net/sets/more")]
    [InlineData("http://account.blob.core.windows.net/sets")]
    [InlineData("http://127.0.0.1:10000/sets")]
    [InlineData("file://backup/sets")]
    [InlineData("file:///")]
    [InlineData("https://account.blob.core.windows.net/sets?sv=2024&sig=topsecret")]
    [InlineData("https://user:topsecret@account.blob.core.windows.net/sets")]
    public void Refuses_an_address_that_cannot_be_right_without_showing_secrets(string url)
    {
        var fault = Assert.Throws<PermanentFaultException>(
            () => VaultFactory.Create(new VaultOptions { Url = url, AccountKey = Key }, TimeProvider.System));

        Assert.Equal("DR5008", fault.Code);
        Assert.DoesNotContain("topsecret", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_connection_string_of_another_account()
    {
        var fault = Assert.Throws<PermanentFaultException>(() => VaultFactory.Create(new VaultOptions
        {
            Url = "https://one.blob.core.windows.net/sets",
            ConnectionString = $"DefaultEndpointsProtocol=https;AccountName=two;AccountKey={Key};EndpointSuffix=core.windows.net",
        }, TimeProvider.System));

        Assert.Contains("https://two.blob.core.windows.net/sets", fault.What, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, fault.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("AccountName=one;AccountKey=not base64")]
    public void Refuses_a_malformed_connection_string_without_showing_it(string connectionString)
    {
        var options = new VaultOptions { Url = "https://one.blob.core.windows.net/sets", ConnectionString = connectionString };

        var fault = Assert.Throws<PermanentFaultException>(() => VaultFactory.Create(options, TimeProvider.System));

        Assert.Equal("DR5008", fault.Code);
        Assert.DoesNotContain(connectionString, fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Is_bound_from_configuration_and_checked()
    {
        using var good = Services(("Vault:Url", "file:///backup/sets"), ("Vault:Encryption:Key", Convert.ToBase64String(new byte[32])));
        using var bad = Services(("Vault:RequestTimeout", "00:00:00"), ("Vault:Encryption:Key", "?"));

        Assert.Equal("file:///backup/sets", good.GetRequiredService<IVault>().Description);
        Assert.True(good.GetRequiredService<VaultCipher>().HasKey);
        var failures = Assert.Throws<OptionsValidationException>(() => bad.GetRequiredService<IOptions<VaultOptions>>().Value).Failures;
        Assert.Equal(3, failures.Count());
    }

    [Theory]
    [InlineData("file:///backup/sets", "file:///backup/sets", false)]
    [InlineData("file:///backup/sets/", "file:///backup/sets", false)]
    [InlineData("https://account.blob.core.windows.net/sets", "https://ACCOUNT.blob.core.windows.net:443/sets/", false)]
    [InlineData("file:///backup/sets", "file:///backup/Sets", true)]
    [InlineData("https://account.blob.core.windows.net/sets", "https://account.blob.core.windows.net/copies", true)]
    [InlineData("file:///backup/sets", "", true)]
    public void Refuses_a_second_vault_in_the_place_of_the_first(string url, string copy, bool isGood)
    {
        using var services = Services(("Vault:Url", url), ("Vault:Copy:Url", copy));
        var options = services.GetRequiredService<IOptions<VaultOptions>>();
        if (isGood)
        {
            Assert.Equal(copy, options.Value.Copy.Url);
        }
        else
        {
            Assert.Contains("Vault__Copy__Url must name another place than Vault__Url", Assert.Single(Assert.Throws<OptionsValidationException>(() => options.Value).Failures), StringComparison.Ordinal);
        }
    }

    private static ServiceProvider Services(params (string Key, string Value)[] settings) => new ServiceCollection()
        .AddVault(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value))).Build())
        .BuildServiceProvider();
}
