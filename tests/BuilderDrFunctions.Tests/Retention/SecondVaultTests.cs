using System.Text;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.SecondCopy;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Retention;

/// <summary>A second vault keeps what the first may have lost, and nothing for ever.</summary>
public sealed class SecondVaultTests
{
    private static readonly RetentionOptions KeepTwo = new() { KeepLast = 2, Daily = 0, Weekly = 0, Monthly = 0, Yearly = 0, MinimumAge = TimeSpan.Zero, MinimumSets = 1 };
    private readonly MemoryVault first = new();
    private readonly MemoryVault second = new();
    private readonly MemoryBucket bucket = new();
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 22, 2, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SecondVault Copy => new(first, second, KeepTwo, time);

    [Fact]
    public async Task What_retention_removes_from_the_first_goes_from_the_second_too()
    {
        var labels = await BackUpAndCopyAsync(days: 4);
        Assert.Equal(5, Objects(second).Count);

        await new ExpiryRun(first, KeepTwo, time).ExpireAsync(Cancellation);
        var remaining = await Copy.Expiry.ExpireAsync(Cancellation);

        Assert.Equal([labels[3].Value, labels[2].Value], remaining);
        Assert.Equal(Objects(first), Objects(second), StringComparer.Ordinal);
        Assert.Equal(3, Objects(second).Count);
        Assert.DoesNotContain(second.Blobs.Keys, path => path.Contains($"/sets/{labels[0]}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_whose_setting_was_taken_away_while_a_run_copies_is_missed_by_name()
    {
        var label = (await BackUpAndCopyAsync(days: 1))[0].Value;
        var (gone, catalog) = (new CopyVault(vault: null), new SetCatalog(first));
        var copying = new CopyingVault(first, gone, catalog, new SetFiles(first, catalog), new StoredArtifacts(first));

        var copies = await Assert.ThrowsAsync<PermanentFaultException>(() => copying.FindAsync(new SecondCopyOrder("op", ExpiryRun.Site, label), Cancellation));
        var expires = Assert.Throws<PermanentFaultException>(
            () => new VaultRetentions(first, gone, catalog, KeepTwo, time).Of(new ExpireOrder("op", ExpiryRun.Site, Plan: false) { InCopy = true }));

        Assert.Equal(("DR5029", "DR5029"), (copies.Code, expires.Code));
        Assert.Contains("Vault__Copy__Url is not set", copies.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_first_lost_stays_in_the_second()
    {
        var labels = await BackUpAndCopyAsync(days: 4);
        foreach (var path in first.Blobs.Keys.ToList())
        {
            await first.DeleteAsync(path, Cancellation);
        }

        var newest = await BackUpAndCopyAsync(days: 2);
        await new ExpiryRun(first, KeepTwo, time).ExpireAsync(Cancellation);
        var remaining = await Copy.Expiry.ExpireAsync(Cancellation);

        Assert.Equal(newest.Concat(labels).Select(label => label.Value).OrderDescending(StringComparer.Ordinal), remaining, StringComparer.Ordinal);
        Assert.Contains("the first vault did not let it expire", (await Copy.Expiry.PlanAsync(Cancellation)).Sets[^1].Reasons, StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_is_held_in_the_first_stays_in_the_second()
    {
        var labels = await BackUpAndCopyAsync(days: 4);
        await new SetHolds(first).WriteAsync(new SetHold(labels[0].Value, ExpiryRun.Site, time.GetUtcNow(), "audit"), Cancellation);

        await new ExpiryRun(first, KeepTwo, time).ExpireAsync(Cancellation);

        Assert.Equal([labels[3].Value, labels[2].Value, labels[0].Value], await Copy.Expiry.ExpireAsync(Cancellation));
    }

    [Fact]
    public async Task What_its_own_rules_keep_stays_whatever_the_first_removed()
    {
        var labels = await BackUpAndCopyAsync(days: 4);
        await new ExpiryRun(first, new RetentionOptions { KeepLast = 1, Daily = 0, Weekly = 0, Monthly = 0, Yearly = 0, MinimumAge = TimeSpan.Zero, MinimumSets = 1 }, time).ExpireAsync(Cancellation);

        Assert.Equal([labels[3].Value, labels[2].Value], await Copy.Expiry.ExpireAsync(Cancellation));
    }

    [Fact]
    public async Task No_object_goes_while_a_set_there_lacks_its_manifest_that_the_first_did_not_let_expire()
    {
        var labels = await BackUpAndCopyAsync(days: 4);
        await second.DeleteAsync(SetPaths.Manifest(ExpiryRun.Site, labels[1]), Cancellation);
        await new SetHolds(first).WriteAsync(new SetHold(labels[1].Value, ExpiryRun.Site, time.GetUtcNow(), ""), Cancellation);
        await new ExpiryRun(first, KeepTwo, time).ExpireAsync(Cancellation);
        time.Advance(KeepTwo.Grace);

        var plan = await Copy.Expiry.PlanAsync(Cancellation);

        Assert.Contains(labels[1].Value, plan.Uncollectable, StringComparison.Ordinal);
        Assert.Empty(plan.Leftovers);
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("inventory.jsonl.zst")]
    public async Task A_damaged_set_there_is_named_and_keeps_no_other_from_being_copied(string file)
    {
        var labels = await BackUpAndCopyAsync(days: 2);
        second[SetPaths.Set(ExpiryRun.Site, labels[1]) + file][30] ^= 1;

        bucket.Put("core/changes.hart", "later"u8.ToArray());
        var label = await BackUpAsync();
        var damaged = await Copy.CopyAsync(label, Cancellation);

        Assert.StartsWith($"{labels[1]}: in the second vault it is damaged: DR", Assert.Single(damaged), StringComparison.Ordinal);
        Assert.NotNull(await new SetCatalog(second).FindAsync(ExpiryRun.Site, label, Cancellation));
        Assert.Equal(Objects(first), Objects(second), StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_an_earlier_attempt_left_damaged_there_is_replaced_and_not_taken_for_the_artifact()
    {
        bucket.Put("core/one.hart", "one"u8.ToArray());
        var label = await BackUpAsync();
        var path = Assert.Single(Objects(first));
        var left = first[path].ToArray();
        left[0] ^= 1;
        second[path] = left;

        await Copy.CopyAsync(label, Cancellation);

        Assert.Equal(first[path], second[path]);
    }

    [Fact]
    public async Task A_set_that_was_begun_there_and_could_not_be_copied_is_tried_again_behind_newer_ones()
    {
        var labels = await BackUpAndCopyAsync(days: 3);
        await second.DeleteAsync(SetPaths.Manifest(ExpiryRun.Site, labels[1]), Cancellation);
        second[SetPaths.Inventory(ExpiryRun.Site, labels[1])][30] ^= 1;

        var label = (await BackUpAndCopyAsync(days: 1))[0];

        Assert.NotNull(await new SetCatalog(second).FindAsync(ExpiryRun.Site, labels[1], Cancellation));
        Assert.NotNull(await new SetCatalog(second).FindAsync(ExpiryRun.Site, label, Cancellation));
        Assert.Equal(first[SetPaths.Inventory(ExpiryRun.Site, labels[1])], second[SetPaths.Inventory(ExpiryRun.Site, labels[1])]);
    }

    [Fact]
    public async Task Reading_it_again_mends_what_was_damaged_or_lost_there()
    {
        var labels = await BackUpAndCopyAsync(days: 2);
        var whole = Sets(second);
        Assert.Equal((1, 0L, 0L), await RereadAsync(labels[1]));

        var objects = Objects(second);
        second[objects[0]][0] ^= 1;
        await second.DeleteAsync(objects[1], Cancellation);
        await second.DeleteAsync(objects[2], Cancellation);
        second[SetPaths.Inventory(ExpiryRun.Site, labels[1])][30] ^= 1;
        second[SetPaths.Manifest(ExpiryRun.Site, labels[1])][30] ^= 1;

        // Two of the three objects belong to the newer set: the one of its day, and the one of both.
        Assert.Equal((1, 2L, 2L), await RereadAsync(labels[1]));
        Assert.Equal((1, 1L, 0L), await RereadAsync(labels[0]));
        Assert.Equal(whole, Sets(second));
    }

    [Fact]
    public async Task Nothing_goes_from_there_that_the_first_has_no_better_of_and_no_other_is_kept_from_being_mended()
    {
        var labels = await BackUpAndCopyAsync(days: 1);
        var objects = Objects(second);
        first[objects[0]][0] ^= 1;
        second[objects[0]][0] ^= 2;
        second[objects[1]][0] ^= 1;
        var (left, right) = (second[objects[0]].ToArray(), first[objects[1]].ToArray());

        var receipt = await Copy.RereadAsync(labels[0], Cancellation);

        Assert.StartsWith("DR8005: ", Assert.Single(receipt.Problems), StringComparison.Ordinal);
        Assert.Equal(1, receipt.Objects);
        Assert.Equal(left, second[objects[0]]);
        Assert.Equal(right, second[objects[1]]);
    }

    [Fact]
    public async Task A_set_that_is_not_there_is_not_brought_there_by_reading_it_again()
    {
        var labels = await BackUpAndCopyAsync(days: 2);
        await second.DeleteAsync(SetPaths.Manifest(ExpiryRun.Site, labels[0]), Cancellation);

        Assert.Equal((0, 0L, 0L), await RereadAsync(labels[0]));
        Assert.DoesNotContain(SetPaths.Manifest(ExpiryRun.Site, labels[0]), second.Blobs.Keys, StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_does_not_stay_as_it_was_sent_there_is_told_makes_no_set_and_is_copied_again()
    {
        bucket.Put("core/one.hart", "one"u8.ToArray());
        var label = await BackUpAsync();
        var path = Assert.Single(Objects(first));
        second.Spoils = written => written == path;

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Copy.CopyAsync(label, Cancellation));

        Assert.Equal("DR2240", fault.Code);
        Assert.Contains($"'{path}' read back from the second vault", fault.What, StringComparison.Ordinal);
        Assert.Null(await new SetCatalog(second).FindAsync(ExpiryRun.Site, label, Cancellation));

        second.Spoils = static _ => false;
        await Copy.CopyAsync(label, Cancellation);
        Assert.Equal(first[path], second[path]);

        second[path][0] ^= 1;
        second.Spoils = written => written == path;
        Assert.StartsWith("DR2240: ", Assert.Single((await Copy.RereadAsync(label, Cancellation)).Problems), StringComparison.Ordinal);
    }

    private async Task<(int Sets, long Objects, long Files)> RereadAsync(BackupLabel label)
    {
        var receipt = await Copy.RereadAsync(label, Cancellation);
        Assert.Empty(receipt.Problems);
        return (receipt.Sets, receipt.Objects, receipt.Files);
    }

    private static IEnumerable<(string Path, string Content)> Sets(MemoryVault vault) =>
        [.. vault.Blobs.Select(blob => (blob.Key, Convert.ToHexString(blob.Value))).OrderBy(blob => blob.Key, StringComparer.Ordinal)];

    private static IReadOnlyList<string> Objects(MemoryVault vault) =>
        [.. vault.Blobs.Keys.Where(path => path.StartsWith(ObjectVersion.FolderOf(ExpiryRun.Site), StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private async Task<IReadOnlyList<BackupLabel>> BackUpAndCopyAsync(int days)
    {
        var labels = new List<BackupLabel>();
        for (var day = 0; day < days; day++)
        {
            bucket.Put("core/same.hart", "same"u8.ToArray());
            bucket.Put("core/changes.hart", Encoding.UTF8.GetBytes($"day {time.GetUtcNow().Day}"));
            labels.Add(await BackUpAsync());
            Assert.Empty(await Copy.CopyAsync(labels[^1], Cancellation));
        }

        return labels;
    }

    private async Task<BackupLabel> BackUpAsync()
    {
        time.Advance(TimeSpan.FromDays(1));
        var label = new BackupLabel($"{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}-nightly-1a2b");
        var receipt = await new MirrorRun(first, bucket, new MirrorOptions()).BackupAsync(label.Value, null, () => Task.FromResult<string?>(null), Cancellation);
        await new ExpiryRun(first, KeepTwo, time).CommitAsync(label, receipt, Cancellation);
        return label;
    }
}
