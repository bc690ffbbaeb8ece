using System.Text;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.SecondCopy;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Tests.Retention;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.SecondCopy;

/// <summary>Every set comes to the second vault in the end, whatever the clock said when it was taken and whatever kept it away for a while.</summary>
public sealed class CopyingVaultTests
{
    private static readonly RetentionOptions KeepAll = new() { KeepLast = 100 };
    private readonly MemoryVault first = new();
    private readonly MemoryVault second = new();
    private readonly MemoryBucket bucket = new();
    private readonly SetCatalog catalog;
    private readonly CopyingVault copying;
    private DateTimeOffset now = new(2026, 11, 22, 2, 0, 0, TimeSpan.Zero);

    public CopyingVaultTests()
    {
        catalog = new SetCatalog(first);
        copying = new CopyingVault(first, new CopyVault(second), catalog, new SetFiles(first, catalog), new StoredArtifacts(first));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SecondVault Copy => new(first, second, KeepAll, new FakeTimeProvider(now));

    [Fact]
    public async Task Sets_are_copied_behind_one_that_was_taken_while_the_clock_was_ahead()
    {
        await BackUpAndCopyAsync();
        now = now.AddDays(300);
        await BackUpAndCopyAsync();
        now = now.AddDays(-299);
        var right = await BackUpAndCopyAsync();

        Assert.True(await IsCopiedAsync(right));

        // The second vault is out of reach for a night.
        now = now.AddDays(1);
        var missed = await BackUpAsync();
        now = now.AddDays(1);
        var next = await BackUpAsync();

        Assert.Equal([missed.Value, next.Value], await FindAsync(next));
        Assert.Empty(await Copy.CopyAsync(next, Cancellation));
        Assert.True(await IsCopiedAsync(missed));
        Assert.Empty(await FindAsync(next));
    }

    [Fact]
    public async Task One_that_was_taken_while_the_clock_was_ahead_and_was_missed_is_copied()
    {
        await BackUpAndCopyAsync();
        now = now.AddDays(300);
        var wrong = await BackUpAsync();
        now = now.AddDays(-299);
        var right = await BackUpAsync();

        Assert.Equal([right.Value, wrong.Value], await FindAsync(right));
    }

    [Fact]
    public async Task One_whose_label_is_of_before_the_clock_was_put_right_is_copied()
    {
        await BackUpAndCopyAsync();
        now = now.AddDays(1);
        var behind = await BackUpAsync(now.AddYears(-6));
        now = now.AddDays(1);
        var right = await BackUpAsync();

        Assert.Equal([behind.Value, right.Value], await FindAsync(right));
    }

    [Fact]
    public async Task What_was_there_before_the_second_vault_stays_where_it_is()
    {
        await BackUpAsync();
        now = now.AddDays(1);
        var newest = await BackUpAsync();
        Assert.Equal([newest.Value], await FindAsync(newest));
        Assert.Empty(await Copy.CopyAsync(newest, Cancellation));
        now = now.AddDays(1);
        var next = await BackUpAsync();

        Assert.Equal([next.Value], await FindAsync(next));
    }

    [Fact]
    public async Task What_an_earlier_set_has_there_is_not_looked_at_again_behind_one_of_the_future()
    {
        await BackUpAndCopyAsync();
        now = now.AddDays(300);
        await BackUpAndCopyAsync();
        now = now.AddDays(-299);
        bucket.Put("core/since.hart", "since"u8.ToArray());
        await BackUpAndCopyAsync();
        now = now.AddDays(1);
        var next = await BackUpAsync();

        // The one artifact that changes every night.
        Assert.Equal(1, (await copying.PlanAsync(Order(next), next.Value, new RecoveryOptions(), Cancellation)).Objects);
    }

    [Fact]
    public async Task A_set_that_lost_an_artifact_is_tried_again_behind_newer_ones_until_it_is_mended()
    {
        await BackUpAndCopyAsync();
        var (hurt, lost) = await BackUpWithoutItsArtifactsAsync();
        Assert.Contains("DR8006", Assert.Single(await Copy.CopyAsync(hurt, Cancellation)), StringComparison.Ordinal);

        now = now.AddDays(1);
        var next = await BackUpAsync();
        Assert.StartsWith($"{hurt}: DR8006", Assert.Single(await Copy.CopyAsync(next, Cancellation)), StringComparison.Ordinal);
        Assert.True(await IsCopiedAsync(next));

        foreach (var (path, content) in lost)
        {
            first[path] = content;
        }

        now = now.AddDays(1);
        await BackUpAndCopyAsync();
        Assert.True(await IsCopiedAsync(hurt));
        Assert.DoesNotContain(second.Blobs.Keys, path => path.EndsWith("copying.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_was_only_begun_there_is_no_set_and_goes_when_the_first_vault_let_it_expire()
    {
        var whole = await BackUpAndCopyAsync();
        var (hurt, _) = await BackUpWithoutItsArtifactsAsync();
        await Copy.CopyAsync(hurt, Cancellation);

        var there = new SetCatalog(second);
        Assert.Equal([SetPaths.Copying(ExpiryRun.Site, hurt)], second.Blobs.Keys.Where(path => path.Contains(hurt.Value, StringComparison.Ordinal)), StringComparer.Ordinal);
        Assert.Equal(whole.Value, (await there.FindNewestReadableAsync(ExpiryRun.Site, Cancellation)).Set?.Label);
        Assert.Equal([whole.Value], (await there.ReadPageAsync(ExpiryRun.Site, null, 10, set => Task.FromResult(set.Label), Cancellation)).Sets);
        Assert.Equal(1, await there.CountAsync(ExpiryRun.Site, Cancellation));

        now = now.AddDays(1) + KeepAll.Grace;
        Assert.Contains(hurt.Value, (await Copy.Expiry.PlanAsync(Cancellation)).Uncollectable, StringComparison.Ordinal);
        await new ExpiryRun(first, KeepAll, new FakeTimeProvider(now)).RemoveAsync(hurt.Value, Cancellation);
        Assert.Equal([whole.Value], await Copy.Expiry.ExpireAsync(Cancellation));
        Assert.DoesNotContain(second.Blobs.Keys, path => path.Contains(hurt.Value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_vault_that_lets_nothing_go_gets_its_sets_all_the_same()
    {
        var worm = new CopyingVault(first, new CopyVault(new ImmutableVault(second, static _ => true)), catalog, new SetFiles(first, catalog), new StoredArtifacts(first));
        var label = await BackUpAsync();

        await worm.PlanAsync(Order(label), label.Value, new RecoveryOptions(), Cancellation);
        await worm.CommitAsync(Order(label), label.Value, Cancellation);

        Assert.Contains(SetPaths.Copying(ExpiryRun.Site, label), second.Blobs.Keys, StringComparer.Ordinal);
        Assert.True(await IsCopiedAsync(label));
        Assert.Empty(await FindAsync(label));
    }

    private static SecondCopyOrder Order(BackupLabel label) => new("op", ExpiryRun.Site, label.Value);

    private async Task<IReadOnlyList<string>> FindAsync(BackupLabel label) => (await copying.FindAsync(Order(label), Cancellation)).Labels;

    private async Task<bool> IsCopiedAsync(BackupLabel label) => await new SetCatalog(second).FindAsync(ExpiryRun.Site, label, Cancellation) is not null;

    private async Task<BackupLabel> BackUpAndCopyAsync()
    {
        var label = await BackUpAsync();
        Assert.Empty(await Copy.CopyAsync(label, Cancellation));
        return label;
    }

    private async Task<(BackupLabel Label, IReadOnlyDictionary<string, byte[]> Lost)> BackUpWithoutItsArtifactsAsync()
    {
        now = now.AddDays(1);
        var label = await BackUpAsync();
        var lost = first.Blobs.Keys.Where(path => path.Contains("/objects/", StringComparison.Ordinal) && !second.Blobs.ContainsKey(path))
            .ToDictionary(path => path, path => first[path].ToArray(), StringComparer.Ordinal);
        foreach (var path in lost.Keys)
        {
            await first.DeleteAsync(path, Cancellation);
        }

        return (label, lost);
    }

    private async Task<BackupLabel> BackUpAsync(DateTimeOffset? begunAt = null)
    {
        bucket.Put("core/changes.hart", Encoding.UTF8.GetBytes($"at {now:u}"));
        var label = new BackupLabel($"{begunAt ?? now:yyyyMMdd'T'HHmmss'Z'}-nightly-1a2b");
        var receipt = await new MirrorRun(first, bucket, new MirrorOptions()).BackupAsync(label.Value, null, () => Task.FromResult<string?>(null), Cancellation);
        await new ExpiryRun(first, KeepAll, new FakeTimeProvider(now)).CommitAsync(label, receipt, Cancellation, committedAt: now);
        return label;
    }
}
