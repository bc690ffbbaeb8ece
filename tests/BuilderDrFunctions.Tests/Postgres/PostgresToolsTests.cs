using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

public sealed class PostgresToolsTests
{
    [Theory]
    [InlineData("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18", 150018, 1500)]
    [InlineData("pg_dump (PostgreSQL) 9.6.24", "9.6.24", 90624, 906)]
    [InlineData("pg_restore (PostgreSQL) 17beta2", "17beta2", 170000, 1700)]
    [InlineData("pg_dump (PostgreSQL) 18.0", "18.0", 180000, 1800)]
    public void Reads_a_version_as_PostgreSQL_counts(string output, string text, int number, int major)
    {
        var version = PostgresTools.Parse(output);
        Assert.Equal(new ToolVersion(text, number), version);
        Assert.Equal(major, PostgresTools.MajorOf(number));
    }

    [Fact]
    public void Finds_no_version_where_none_is() => Assert.Null(PostgresTools.Parse("hab: command not found"));

    [Fact]
    public void Keeps_a_password_out_of_an_error() =>
        Assert.Equal("connect with *** failed; bye", StandardErrorText.Shorten("connect with s3cret failed\nbye\n", "s3cret"));

    [Fact]
    public async Task Names_the_folder_in_which_a_tool_is_missing()
    {
        var tools = new PostgresTools(Endpoint("/nowhere"), new PostgresLimits(), host: null);
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => tools.VersionAsync("pg_dump", TestContext.Current.CancellationToken));
        Assert.Equal("DR3010", fault.Code);
        Assert.Contains("in /nowhere", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_for_a_host_when_the_tools_are_there()
    {
        var tools = new PostgresTools(Endpoint("ssh"), new PostgresLimits(), host: null);
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => tools.VersionAsync("pg_dump", TestContext.Current.CancellationToken));
        Assert.Equal("DR3019", fault.Code);
    }

    private static PostgresEndpoint Endpoint(string tools) => new() { Host = "127.0.0.1", Port = 1, Username = "hab", Password = "secret", Tools = tools };
}
