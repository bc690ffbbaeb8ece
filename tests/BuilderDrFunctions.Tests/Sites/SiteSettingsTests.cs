using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sites;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace BuilderDrFunctions.Tests.Sites;

/// <summary>Settings that say too little, or name what there is not.</summary>
public sealed class SiteSettingsTests : IDisposable
{
    private readonly string habRoot = Directory.CreateTempSubdirectory("hab").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(habRoot, recursive: true);

    [Fact]
    public void A_site_that_is_not_in_the_settings_is_named_with_those_that_are()
    {
        using var services = Uncontrolled("main", "east");
        var fault = Assert.Throws<PermanentFaultException>(() => services.GetRequiredService<ISiteDirectory>().Open("gone"));
        Assert.Equal(("DR1030", "the configured sites are: east, main"), (fault.Code, fault.Hint));
    }

    [Fact]
    public void Without_a_site_the_app_does_not_start_and_says_all_that_one_wants()
    {
        using var services = Services();
        var failure = Assert.Single(Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<SitesOptions>>().Value).Failures);
        Assert.StartsWith("DR1032: ", failure, StringComparison.Ordinal);
        // Without it the rest counts for nothing.
        Assert.Contains("Service__Control", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Main")]
    [InlineData("-main")]
    [InlineData("ma_in")]
    [InlineData("a23456789b123456789c123456789d123456789e1")]
    public void A_name_that_cannot_be_part_of_an_id_is_refused(string name)
    {
        using var services = Uncontrolled(name, "west");
        var failure = Assert.Single(Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<SitesOptions>>().Value).Failures);
        Assert.StartsWith($"DR1033: '{name}' cannot be", failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_neither_settings_nor_Builders_own_configuration_say_is_named_with_the_setting_that_would()
    {
        await ConfigureAsync();

        await using (var far = Connect(new SiteOptions { Postgres = new PostgresOptions { Host = "127.0.0.1" } }))
        {
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => far.GetPostgresAsync(Token));
            Assert.Equal("DR1031", fault.Code);
            Assert.Contains("no way to the Builder host", fault.What, StringComparison.Ordinal);
            Assert.StartsWith("set Sites__main__Postgres__Password, or Sites__main__Service__Control", fault.Hint, StringComparison.Ordinal);
        }

        await using var near = Connect(new SiteOptions { Service = Local(), Artifacts = new ArtifactsOptions { Bucket = "artifacts" } });
        var missing = await Assert.ThrowsAsync<PermanentFaultException>(() => near.GetArtifactsAsync(Token));
        Assert.Equal(("DR1031", "set Sites__main__Artifacts__Endpoint"), (missing.Code, missing.Hint));
        Assert.Contains("config.toml does not say it either", missing.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_is_left_empty_is_looked_up_as_one_that_is_left_out()
    {
        await ConfigureAsync();
        await using var site = Connect(new SiteOptions { Service = Local(), Postgres = new PostgresOptions { Host = "127.0.0.1", Password = "" } });

        Assert.NotNull(await site.GetPostgresAsync(Token));
    }

    private static SiteConnection Connect(SiteOptions options) => new("main", options, TimeProvider.System);

    private ServiceOptions Local() => new() { Control = "local", HabRoot = habRoot };

    private Task ConfigureAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(habRoot, "svc/builder-api/config")).FullName;
        return File.WriteAllTextAsync(Path.Combine(folder, "config.toml"), "[datastore]\nhost = \"127.0.0.1\"\nuser = \"hab\"\npassword = \"of the file\"\n", Token);
    }

    private static ServiceProvider Uncontrolled(params string[] names) => Services([.. names.Select(name => ($"Sites:{name}:Service:Control", "none"))]);

    private static ServiceProvider Services(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))).Build();
        return new ServiceCollection().AddSingleton(TimeProvider.System).AddSites(configuration).BuildServiceProvider();
    }
}
