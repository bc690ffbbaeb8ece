using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.ServiceControl;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Tests.Monitoring;
using BuilderDrFunctions.Tests.Retention;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.ServiceControl;

public sealed class StartApiTests
{
    private const string Operation = "backup-20261122T120000Z-main-1a2b";

    private FakeSite Site { get; } = new() { Serves = false };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Starts_the_API_and_takes_the_wish_off_the_record()
    {
        var vault = await VaultWithWishAsync();

        await StartAsync(vault);

        Assert.True(Site.Serves);
        Assert.Null(await new MustRestartRecords(vault).FindAsync("main", Token));
    }

    [Fact]
    public async Task An_API_that_is_up_counts_as_started_although_the_wish_cannot_be_taken_off_the_record()
    {
        var vault = await VaultWithWishAsync();

        await StartAsync(new ImmutableVault(vault, _ => true));

        Assert.True(Site.Serves);
        Assert.NotNull(await new MustRestartRecords(vault).FindAsync("main", Token));
    }

    private static async Task<MemoryVault> VaultWithWishAsync()
    {
        var vault = new MemoryVault();
        await new MustRestartRecords(vault).WriteAsync(new MustRestart("main", Operation, Watched.Start), Token);
        return vault;
    }

    private Task<StartReceipt> StartAsync(IVault vault) =>
        new StartApi(Site, new MustRestartRecords(vault), new FakeTimeProvider(Watched.Start), NullLogger<StartApi>.Instance).RunAsync(new ApiOrder(Operation, "main"), Token);
}
