using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Options;
using Xunit;

namespace BuilderDrFunctions.Tests.Recovery;

public sealed class StagingTests
{
    [Fact]
    public void Dumps_are_staged_on_a_disk_never_in_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has file systems in memory");
        Assert.True(CanStage(Environment.CurrentDirectory, tools: "path"));
        Assert.False(CanStage("/dev/shm", tools: "path"));
    }

    [Fact]
    public void Dumps_are_not_staged_for_tools_on_the_builder_host() => Assert.False(CanStage(Environment.CurrentDirectory, tools: "ssh"));

    private static bool CanStage(string folder, string tools)
    {
        var vault = new FolderVault(folder, createIfMissing: false, TimeProvider.System);
        var options = Options.Create(new RecoveryOptions { StagingFolder = folder, DiskReserveBytes = 0 });
        var server = new PostgresServer(new PostgresEndpoint { Host = "builder", Port = 5432, Username = "hab", Password = "", Tools = tools }, host: null);
        var dump = new DatabaseRecord("builder", "dumps/builder.dump.zst", "zstd", 1, 1, "17.0", "17.0", 0, 0, "dumps/builder.fingerprint.json", "", 1);
        return new DumpRestorer(new SetFiles(vault, new SetCatalog(vault)), options, TimeProvider.System).CanStage(dump, server);
    }
}
