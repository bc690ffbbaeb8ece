using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Vault;
using BuilderDrFunctions.Vault;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Retention;

/// <summary>A vault without room is told to let old sets expire: that must not want room itself.</summary>
public sealed class FullVaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_set_expires_from_a_vault_that_is_full_to_the_last_byte()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        using var folder = new TemporaryFolder("full");
        await using var disk = await SmallDisk.MountAsync(folder["disk"], megabytes: 4, Token);
        using var vault = new FolderVault(Path.Combine(disk.Folder, "vault"), createIfMissing: true, TimeProvider.System);
        var id = OperationId.New("backup", "main", new DateTimeOffset(2026, 11, 1, 2, 0, 0, TimeSpan.Zero));
        var label = BackupLabel.Of(id, "nightly");
        await vault.TryCreateAsync(SetPaths.Set("main", label) + "dumps/builder.dump.zst", new byte[100_000], Token);
        await vault.TryCreateAsync(SetPaths.Manifest("main", label), "{}"u8.ToArray(), Token);
        await disk.FillAsync(Token);
        Assert.Equal("DR5005", (await Assert.ThrowsAsync<PermanentFaultException>(() => vault.TryCreateAsync("more", new byte[1], Token))).Code);
        var (catalog, holds) = (new SetCatalog(vault), new SetHolds(vault));

        var receipt = await new SetRemover(vault, catalog, holds, new SetUses(vault, holds, TimeProvider.System), TimeProvider.System)
            .RemoveAsync("main", label, isLeftover: false, static (_, _) => Task.FromResult<bool?>(false), Token);

        Assert.Equal((true, null, 100_002L), (receipt.Removed, receipt.Problem, receipt.Bytes));
        Assert.Empty(await vault.ListAsync(SetPaths.Set("main", label), Token).ToListAsync(Token));
        Assert.NotNull(await catalog.FindExpiredAsync("main", label, Token));
    }
}
