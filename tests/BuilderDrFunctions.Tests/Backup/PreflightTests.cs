using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Tests.Monitoring;
using BuilderDrFunctions.Vault;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace BuilderDrFunctions.Tests.Backup;

/// <summary>What is said of a site of which next to nothing is configured, or nothing answers: no server is needed for that.</summary>
public sealed class PreflightTests
{
    private static readonly BackupOrder Order = new("backup-20261122T120000Z-main-1a2b", "main", "20261122T120000Z-manual-1a2b", QuiesceMode.Stop);

    [Fact]
    public async Task All_that_is_missing_is_told_together()
    {
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => CheckAsync(new SiteOptions(), Order));

        Assert.Equal("DR2001", fault.Code);
        Assert.Contains("DR1031: site 'main' has no Postgres:Host", fault.What, StringComparison.Ordinal);
        Assert.Contains("DR1031: site 'main' has no Artifacts:Endpoint", fault.What, StringComparison.Ordinal);
        Assert.Contains("DR2002: site 'main' has no service control", fault.What, StringComparison.Ordinal);
        Assert.Contains("ask for the backup with \"quiesce\": \"none\"", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Problems_that_may_all_pass_are_looked_at_again_as_one_alone_is()
    {
        var nobody = new SiteOptions
        {
            Postgres = new PostgresOptions { Host = "127.0.0.1", Port = 1, Password = "any" },
            Artifacts = new ArtifactsOptions { Endpoint = "http://127.0.0.1:1", Bucket = "any", AccessKey = "any", SecretKey = "any", RetryAttempts = 0 },
        };

        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => CheckAsync(nobody, Order with { Quiesce = null }));

        Assert.Equal("DR2001", fault.Code);
        Assert.Contains("DR3001: ", fault.What, StringComparison.Ordinal);
        Assert.Contains("DR4003: ", fault.What, StringComparison.Ordinal);
    }

    private static async Task<PreflightReport> CheckAsync(SiteOptions site, BackupOrder order)
    {
        await using var services = new ServiceCollection().AddSingleton(TimeProvider.System).BuildServiceProvider();
        var (vault, runs) = (new MemoryVault(), new FakeRuns());
        runs.Put(order.OperationId, Watched.Start, OrchestrationRuntimeStatus.Running);
        return await new Preflight(
            new SiteDirectory(Options.Create(new SitesOptions { ["main"] = site }), services), vault, new CopyVault(null), VaultCipher.From(new VaultEncryptionOptions()),
            new SetCatalog(vault), new DamagedObjects(vault), TimeProvider.System, NullLogger<Preflight>.Instance).RunAsync(order, runs, TestContext.Current.CancellationToken);
    }
}
