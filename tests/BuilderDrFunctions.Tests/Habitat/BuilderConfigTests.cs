using System.Text;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using Xunit;

namespace BuilderDrFunctions.Tests.Habitat;

public sealed class BuilderConfigTests : IAsyncDisposable
{
    private const string ConfigPath = "/hab/svc/builder-api/config/config.toml";
    private readonly FakeHost host = new();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task Fields_that_are_absent_have_their_defaults()
    {
        var config = await ReadAsync("[datastore]\nuser = 'hab'\npassword = 'p w'\nhost = 'db'\n");

        Assert.Equal((5432, null, null), (config.Datastore.Port, config.Datastore.Database, config.Datastore.SslMode));
        Assert.Null(config.S3);
    }

    [Fact]
    public async Task With_aws_the_endpoint_is_the_region()
    {
        var config = await ReadAsync(
            "[datastore]\nuser='hab'\npassword='p'\nhost='db'\nport=6432\nssl_mode='verify_full'\ndatabase='builder'\n" +
            "[s3]\nbackend='aws'\nkey_id='k'\nsecret_key='s'\nendpoint='eu-west-1'\nbucket_name='b'\n");

        Assert.Equal(("eu-west-1", null), (config.S3?.Region, config.S3?.Endpoint));
        Assert.Equal((6432, "verify-full", "builder"), (config.Datastore.Port, config.Datastore.SslMode, config.Datastore.Database));
    }

    [Fact]
    public async Task An_older_installation_keeps_its_password_in_a_file_of_its_own()
    {
        host.Files["/hab/svc/builder-datastore/config/pwfile"] = "old secret\n"u8.ToArray();

        Assert.Equal("old secret", (await ReadAsync("[datastore]\nuser='hab'\nhost='db'\n")).Datastore.Password);
    }

    [Theory]
    [InlineData("[datastore\nuser='topsecret'", "no TOML")]
    [InlineData("user='topsecret'", "no table [datastore]")]
    [InlineData("datastore='topsecret'", "no table [datastore]")]
    [InlineData("[datastore]\nuser='hab'\nhost=5\npassword='topsecret'", "[datastore] has no text 'host'")]
    [InlineData("[datastore]\nuser='hab'\nhost='topsecret'", "[datastore] has no password")]
    [InlineData("[datastore]\nuser='hab'\nhost='db'\npassword='topsecret'\n[s3]\nendpoint='topsecret'", "[s3] has no text 'bucket_name'")]
    public async Task A_malformed_file_is_named_and_not_shown(string toml, string where)
    {
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => ReadAsync(toml));

        Assert.Equal("DR6031", fault.Code);
        Assert.Contains(ConfigPath, fault.What, StringComparison.Ordinal);
        Assert.Contains(where, fault.What, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", fault.ToString(), StringComparison.Ordinal);
    }

    private Task<BuilderConfig> ReadAsync(string toml)
    {
        host.Files[ConfigPath] = Encoding.UTF8.GetBytes(toml);
        return BuilderConfig.ReadAsync(host, "/hab", TestContext.Current.CancellationToken);
    }
}
