using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Restore;
using Xunit;

namespace BuilderDrFunctions.Tests.Restore;

public sealed class TargetChecksTests
{
    [Theory]
    [InlineData("15.13", "15.13", "15.13", "17.2", null)]
    [InlineData("15.14", "15.13", "15.13", "15.2", null)]
    [InlineData("9.6.24", "17.2", "15.13", "17.2", null)]
    [InlineData("17.1", "17.2", "15.13", "17.2", "DR8007")]
    [InlineData("9.6.24", "9.6.24", "9.5.1", "9.6.24", "DR8007")]
    [InlineData("15.13", "17.2", "17.2", "15.2", "DR8008")]
    public void A_dump_goes_to_the_same_or_a_newer_major_version(string dumped, string dumpedBy, string server, string tool, string? code)
    {
        var record = new DatabaseRecord("builder", "dumps/builder.dump.zst", "zstd", 1, 1, dumped, dumpedBy, 1, 1, "dumps/builder.fingerprint.json", "", 1);
        var facts = new ServerFacts(server, 0, 64, 100, "hab", IsSuperuser: false, CanCreateDatabase: true, IsInRecovery: false);
        Assert.Equal(code, TargetChecks.Versions(record, facts, new ToolVersion(tool, 0), "hab@db:5432")?.Code);
    }
}
