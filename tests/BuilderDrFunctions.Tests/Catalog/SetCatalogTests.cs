using System.Security.Cryptography;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Tests.Mirror;
using Xunit;

namespace BuilderDrFunctions.Tests.Catalog;

public sealed class SetCatalogTests
{
    private static readonly BackupLabel Label = new("20261122T020000Z-nightly-1a2b");
    private static readonly DateTimeOffset At = new(2026, 11, 22, 2, 0, 0, TimeSpan.Zero);
    private readonly MemoryVault vault = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SetCatalog Catalog => new(vault);

    [Fact]
    public async Task A_set_that_another_run_committed_is_left_and_that_run_is_named()
    {
        const string other = "backup-20261122T020000Z-main-0001";
        await Catalog.CommitAsync(Set(other), Token);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Catalog.CommitAsync(Set("backup-20261122T020000Z-main-0002"), Token));

        Assert.Equal("DR2032", fault.Code);
        Assert.Contains(other, fault.What, StringComparison.Ordinal);
        Assert.Equal(other, (await Catalog.FindAsync("main", Label, Token))?.OperationId);
        await Catalog.CommitAsync(Set(other), Token);
    }

    [Fact]
    public async Task A_file_that_the_vault_did_not_keep_as_it_was_written_keeps_the_set_from_being_one()
    {
        var path = SetPaths.Set("main", Label) + "dumps/builder.dump";
        vault[path] = RandomNumberGenerator.GetBytes(1000);
        var file = new SetFile("dumps/builder.dump", 1000, Convert.ToHexStringLower(SHA256.HashData(vault[path])));
        vault[path][500] ^= 1;

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Catalog.CommitAsync(Set("backup-20261122T020000Z-main-0001", file), Token));

        Assert.Equal("DR2033", fault.Code);
        Assert.Contains(path, fault.What, StringComparison.Ordinal);
        Assert.Contains(file.Sha256, fault.What, StringComparison.Ordinal);
        Assert.Null(await Catalog.FindAsync("main", Label, Token));
    }

    private static BackupManifest Set(string operation, params IReadOnlyList<SetFile> files) => new(
        BackupManifest.CurrentFormat, Label.Value, "main", operation, At, At, At, new ApiRecord(false, 0, null), [],
        new ArtifactsRecord("inventory.jsonl.zst", 0, 0, 0, 0, new InventoryCounts()), null, [], files);
}
