using System.Text;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Retention;

/// <summary>What expiry does to the vault, step by step.</summary>
public sealed class ExpiryTests
{
    private static readonly RetentionOptions KeepTwo = new() { KeepLast = 2, Daily = 0, Weekly = 0, Monthly = 0, Yearly = 0, MinimumAge = TimeSpan.Zero, MinimumSets = 1 };
    private readonly MemoryVault vault = new();
    private readonly MemoryBucket bucket = new();
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 22, 2, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ExpiryRun Run => new(vault, KeepTwo, time) { MostNames = 4 };

    [Fact]
    public async Task Removes_old_sets_and_exactly_the_objects_that_no_set_names_any_more()
    {
        for (var day = 0; day < 4; day++)
        {
            bucket.Put("core/same.hart", "same"u8.ToArray());
            bucket.Put("core/changes.hart", Encoding.UTF8.GetBytes($"day {day}"));
            await BackUpAsync();
        }

        Assert.Equal(5, Objects().Count);
        var plan = await Run.PlanAsync(Cancellation);
        Assert.Equal([false, false, true, true], plan.Sets.Select(set => set.Expires));
        Assert.Equal(2, (await Run.FindGarbageAsync(plan.Sets.Where(set => !set.Expires).Select(set => set.Label), Cancellation)).Objects);

        var remaining = await Run.ExpireAsync(Cancellation);

        Assert.Equal(plan.Sets.Take(2).Select(set => set.Label), remaining, StringComparer.Ordinal);
        Assert.Equal(3, Objects().Count);
        Assert.Equal(remaining, (await new SetCatalog(vault).ListAsync(ExpiryRun.Site, Cancellation)).Select(label => label.Value), StringComparer.Ordinal);
        Assert.DoesNotContain(vault.Blobs.Keys, path => plan.Sets.Skip(2).Any(set => path.Contains($"/sets/{set.Label}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Never_removes_a_set_that_is_held_and_never_the_newest_verified_one()
    {
        var labels = new List<BackupLabel>();
        for (var day = 0; day < 5; day++)
        {
            bucket.Put("core/changes.hart", Encoding.UTF8.GetBytes($"day {day}"));
            labels.Add(await BackUpAsync());
        }

        await new SetHolds(vault).WriteAsync(new SetHold(labels[0].Value, ExpiryRun.Site, time.GetUtcNow(), "audit of 2026"), Cancellation);
        await new VerifyVerdicts(vault).WriteAsync(
            new VerifyVerdict("verify-20261122T020000Z-main-1a2b", ExpiryRun.Site, labels[1].Value, time.GetUtcNow(), time.GetUtcNow(), Passed: true, 1, 1, 1, 1, 0, []), Cancellation);

        var remaining = await Run.ExpireAsync(Cancellation);

        Assert.Equal([labels[4].Value, labels[3].Value, labels[1].Value, labels[0].Value], remaining);
        Assert.Equal(4, Objects().Count);
        var plan = await Run.PlanAsync(Cancellation);
        Assert.Contains("held: audit of 2026", plan.Sets[^1].Reasons, StringComparer.Ordinal);
        Assert.Contains("the newest verified set", plan.Sets[^2].Reasons, StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_hold_that_comes_after_the_plan_still_counts()
    {
        var label = await BackUpAsync();
        await new SetHolds(vault).WriteAsync(new SetHold(label.Value, ExpiryRun.Site, time.GetUtcNow(), ""), Cancellation);

        var receipt = await Run.RemoveAsync(label.Value, Cancellation);

        Assert.False(receipt.Removed);
        Assert.NotNull(await new SetCatalog(vault).FindAsync(ExpiryRun.Site, label, Cancellation));
        Assert.False(await new SetHolds(vault).IsMarkedAsync(ExpiryRun.Site, label, Cancellation));
    }

    [Fact]
    public async Task A_set_that_a_restore_to_another_site_reads_stays_as_long_as_that_runs_and_no_longer()
    {
        const string restore = "restore-20261122T020000Z-other-1a2b";
        var (label, holds) = (await BackUpAsync(), new SetHolds(vault));
        await new SetUses(vault, holds, time).BeginAsync(ExpiryRun.Site, label, restore, Cancellation);

        var read = await new ExpiryRun(vault, KeepTwo, time) { IsRunning = operation => operation == restore }.RemoveAsync(label.Value, Cancellation);

        Assert.Equal((false, $"{restore} reads it"), (read.Removed, read.Stays));
        Assert.NotNull(await new SetCatalog(vault).FindAsync(ExpiryRun.Site, label, Cancellation));
        Assert.False(await holds.IsMarkedAsync(ExpiryRun.Site, label, Cancellation));

        // Terminated, it took nothing away.
        Assert.True((await Run.RemoveAsync(label.Value, Cancellation)).Removed);
        Assert.DoesNotContain(vault.Blobs.Keys, path => path.StartsWith(SetPaths.Set(ExpiryRun.Site, label), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_set_that_another_installation_over_the_same_vault_restores_from_stays_for_a_week_at_most()
    {
        const string restore = "restore-20261123T020000Z-elsewhere-1a2b";
        var (label, holds) = (await BackUpAsync(), new SetHolds(vault));
        await new SetUses(vault, holds, time).BeginAsync(ExpiryRun.Site, label, restore, Cancellation);
        // Its run is in the durable store over there.
        var run = new ExpiryRun(vault, KeepTwo, time) { IsRunning = static _ => null };

        var read = await run.RemoveAsync(label.Value, Cancellation);
        time.Advance(SetUses.ForeignLife - TimeSpan.FromSeconds(1));
        var readStill = await run.RemoveAsync(label.Value, Cancellation);

        Assert.Equal((false, $"{restore} reads it"), (read.Removed, read.Stays));
        Assert.Equal((false, $"{restore} reads it"), (readStill.Removed, readStill.Stays));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await run.RemoveAsync(label.Value, Cancellation)).Removed);
    }

    [Fact]
    public async Task A_restore_waits_for_what_becomes_of_a_removal_that_may_not_have_seen_its_note()
    {
        var (label, holds) = (await BackUpAsync(), new SetHolds(vault));
        await holds.MarkAsync(ExpiryRun.Site, label, Cancellation);

        var begun = new SetUses(vault, holds, time).BeginAsync(ExpiryRun.Site, label, "restore-20261122T020000Z-other-1a2b", Cancellation);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(begun.IsCompleted);

        await vault.DeleteAsync(SetHolds.MarkOf(ExpiryRun.Site, label), Cancellation);
        time.Advance(TimeSpan.FromSeconds(1));
        await begun;
    }

    [Fact]
    public async Task Cut_short_at_any_operation_it_has_harmed_no_remaining_set_and_goes_on_next_time()
    {
        for (var deaths = 0; ; deaths++)
        {
            var (fresh, source) = (new MemoryVault(), new MemoryBucket());
            var labels = new List<BackupLabel>();
            for (var day = 0; day < 4; day++)
            {
                source.Put("core/same.hart", "same"u8.ToArray());
                source.Put("core/changes.hart", Encoding.UTF8.GetBytes($"day {day}"));
                labels.Add(await BackUpAsync(fresh, source));
            }

            var brittle = new BrittleVault(fresh);
            brittle.DieAfter(deaths);
            var died = false;
            try
            {
                await new ExpiryRun(brittle, KeepTwo, time) { MostNames = 4 }.ExpireAsync(Cancellation);
            }
            catch (BrittleVault.DiedException)
            {
                died = true;
            }

            await AssertWholeAsync(fresh, labels[^1]);
            await AssertWholeAsync(fresh, labels[^2]);
            time.Advance(TimeSpan.FromDays(5));
            Assert.Equal([labels[^1].Value, labels[^2].Value], await new ExpiryRun(fresh, KeepTwo, time) { MostNames = 4 }.ExpireAsync(Cancellation));
            Assert.Equal(3, fresh.Blobs.Keys.Count(path => path.StartsWith(ObjectVersion.FolderOf(ExpiryRun.Site), StringComparison.Ordinal)));
            Assert.DoesNotContain(fresh.Blobs.Keys, path => path.Contains($"/sets/{labels[0]}", StringComparison.Ordinal));
            if (!died)
            {
                Assert.True(deaths > 20, $"only {deaths} operations to die at");
                return;
            }
        }
    }

    [Fact]
    public async Task Leaves_young_objects_alone_that_no_set_names_yet()
    {
        await BackUpAsync();
        var path = ObjectVersion.PathOf(ExpiryRun.Site, new string('a', 64));
        vault[path] = [1, 2, 3];
        // A memory vault's blobs are of 1970.
        var then = new FakeTimeProvider(DateTimeOffset.UnixEpoch + KeepTwo.Grace);

        Assert.Equal(0, (await new ExpiryRun(vault, KeepTwo, then).CollectAsync(Labels(), Cancellation)).Objects);
        then.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 3), (await new ExpiryRun(vault, KeepTwo, then).CollectAsync(Labels(), Cancellation)) is var receipt ? (receipt.Objects, receipt.Bytes) : default);
        Assert.DoesNotContain(path, vault.Blobs.Keys, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Goes_on_with_the_rest_when_the_vault_refuses_a_removal()
    {
        for (var day = 0; day < 4; day++)
        {
            bucket.Put("core/changes.hart", Encoding.UTF8.GetBytes($"day {day}"));
            await BackUpAsync();
        }

        var immutable = Objects()[0];
        var guarded = new ImmutableVault(vault, path => path == immutable || path.EndsWith("inventory.jsonl.zst", StringComparison.Ordinal));
        var labels = (await Run.PlanAsync(Cancellation)).Sets.Where(set => set.Expires).Select(set => set.Label).ToList();
        var receipt = await new ExpiryRun(guarded, KeepTwo, time).RemoveAsync(labels[0], Cancellation);

        Assert.True(receipt.Removed);
        Assert.Contains("DR5028", receipt.Problem, StringComparison.Ordinal);
        Assert.Null(await new SetCatalog(vault).FindAsync(ExpiryRun.Site, new BackupLabel(labels[0]), Cancellation));
        var collected = await new ExpiryRun(guarded, KeepTwo, time).CollectAsync([], Cancellation);
        Assert.Equal((3, 1), (collected.Objects, collected.Refused));
        Assert.Contains("DR5028", Assert.Single(collected.FirstRefused!), StringComparison.Ordinal);
        Assert.Equal([immutable], Objects());
    }

    [Fact]
    public async Task Leaves_a_set_whole_when_its_manifest_may_not_go()
    {
        var label = await BackUpAsync();
        var before = vault.Blobs.Keys.Order(StringComparer.Ordinal).ToList();

        var receipt = await new ExpiryRun(new ImmutableVault(vault, path => path.EndsWith("manifest.json", StringComparison.Ordinal)), KeepTwo, time).RemoveAsync(label.Value, Cancellation);

        Assert.False(receipt.Removed);
        Assert.Contains("DR5028", receipt.Problem, StringComparison.Ordinal);
        Assert.Equal(before, vault.Blobs.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Notes_that_a_set_expired_although_a_crash_came_right_behind_its_manifests_end()
    {
        var label = await BackUpAsync();
        await vault.DeleteAsync(SetPaths.Manifest(ExpiryRun.Site, label), Cancellation);

        Assert.True((await Run.RemoveAsync(label.Value, Cancellation)).Removed);

        Assert.Equal(time.GetUtcNow(), (await new SetCatalog(vault).FindExpiredAsync(ExpiryRun.Site, label, Cancellation))?.At);
        Assert.DoesNotContain(vault.Blobs.Keys, path => path.Contains($"/sets/{label}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Collects_nothing_while_it_is_unknown_what_a_set_needs()
    {
        var label = await BackUpAsync();
        vault[SetPaths.Inventory(ExpiryRun.Site, label)][40] ^= 1;
        await Assert.ThrowsAsync<PermanentFaultException>(() => Run.FindGarbageAsync(Labels(), Cancellation));

        vault[SetPaths.Manifest(ExpiryRun.Site, label)] = "{\"format\":99}"u8.ToArray();
        var plan = await Run.PlanAsync(Cancellation);
        Assert.Contains("DR2031", plan.Uncollectable, StringComparison.Ordinal);
        Assert.False(plan.Sets[0].Expires);
    }

    [Fact]
    public async Task Collects_nothing_when_a_set_that_stays_cannot_be_found()
    {
        var label = await BackUpAsync();
        await vault.DeleteAsync(SetPaths.Manifest(ExpiryRun.Site, label), Cancellation);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Run.FindGarbageAsync([label.Value], Cancellation));

        Assert.Equal("DR2204", fault.Code);
        Assert.NotEmpty(Objects());
    }

    [Fact]
    public async Task Refuses_a_list_of_names_that_lost_one()
    {
        await BackUpAsync();
        var names = new NameLists(vault, new SetCatalog(vault));
        var paths = await names.WriteAsync(ExpiryRun.Site, Labels().Select(label => new BackupLabel(label)), "sites/main/runs/x/", Cancellation);
        vault[paths[0]] = vault[paths[0]][32..];

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(async () => await names.ReadAsync(paths, Cancellation).ToListAsync(Cancellation));
        Assert.Equal("DR2201", fault.Code);
    }

    [Fact]
    public async Task Removes_the_folder_of_a_set_that_was_never_committed_once_it_is_old()
    {
        await BackUpAsync();
        var abandoned = new BackupLabel("20261122T020000Z-nightly-ffff");
        vault[SetPaths.Set(ExpiryRun.Site, abandoned) + "dumps/builder.dump.zst"] = new byte[100];

        Assert.Equal((await Run.PlanAsync(Cancellation)).Leftovers, []);
        time.Advance(TimeSpan.FromDays(3));
        Assert.Equal((await Run.PlanAsync(Cancellation)).Leftovers, [abandoned.Value]);
        await Run.ExpireAsync(Cancellation);
        Assert.DoesNotContain(vault.Blobs.Keys, path => path.Contains(abandoned.Value, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("hold", "an operator holds it")]
    [InlineData("verdict", "it was verified, or rehearsed by a drill")]
    [InlineData("second", "the second vault has it")]
    [InlineData("unreachable", "the second vault cannot be asked (DR5001")]
    public async Task A_set_that_lost_its_manifest_and_nothing_else_stays_with_what_it_names(string told, string sign)
    {
        bucket.Put("core/once.hart", "deleted from Builder since"u8.ToArray());
        var label = await BackUpAsync();
        IVault? second = told == "second" ? new MemoryVault { [SetPaths.Manifest(ExpiryRun.Site, label)] = [1] } : null;
        switch (told)
        {
            case "hold":
                await new SetHolds(vault).WriteAsync(new SetHold(label.Value, ExpiryRun.Site, time.GetUtcNow(), "the audit"), Cancellation);
                break;
            case "verdict":
                await new VerifyVerdicts(vault).WriteAsync(
                    new VerifyVerdict("verify-20261122T030000Z-main-1a2b", ExpiryRun.Site, label.Value, time.GetUtcNow(), time.GetUtcNow(), Passed: true, 1, 1, 1, 1, 0, []), Cancellation);
                break;
            case "unreachable":
                second = new MemoryVault { Fault = VaultFaults.Unreachable("copy", "no answer") };
                break;
        }

        await vault.DeleteAsync(SetPaths.Manifest(ExpiryRun.Site, label), Cancellation);
        bucket.Remove("core/once.hart");
        await BackUpAsync();
        time.Advance(TimeSpan.FromDays(4));
        var before = vault.Blobs.Keys.Order(StringComparer.Ordinal).ToList();
        var run = new ExpiryRun(vault, KeepTwo, time) { Second = second };

        var plan = await run.PlanAsync(Cancellation);
        await run.ExpireAsync(Cancellation);

        var lost = Assert.Single(plan.Lost);
        Assert.Contains($"DR2205: backup set {label} of site 'main' has lost its manifest (", lost, StringComparison.Ordinal);
        Assert.Contains(sign, lost, StringComparison.Ordinal);
        Assert.Contains($"bring '{SetPaths.Manifest(ExpiryRun.Site, label)}' back", lost, StringComparison.Ordinal);
        Assert.Equal($"set {label}: it has lost its manifest", plan.Uncollectable);
        Assert.Equal(before, vault.Blobs.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_a_removal_that_was_cut_short_left_goes_whatever_tells_that_it_was_a_set()
    {
        var label = await BackUpAsync();
        await new SetHolds(vault).WriteAsync(new SetHold(label.Value, ExpiryRun.Site, time.GetUtcNow(), "came while it was being removed"), Cancellation);
        await vault.DeleteAsync(SetPaths.Manifest(ExpiryRun.Site, label), Cancellation);
        await new SetCatalog(vault).NoteExpiryAsync(new ExpiredSet(label.Value, ExpiryRun.Site, time.GetUtcNow()), Cancellation);
        time.Advance(TimeSpan.FromDays(4));

        await Run.ExpireAsync(Cancellation);

        Assert.DoesNotContain(vault.Blobs.Keys, path => path.Contains($"/sets/{label}", StringComparison.Ordinal));
    }

    private IReadOnlyList<string> Labels() => [.. vault.Blobs.Keys.Where(path => path.EndsWith("manifest.json", StringComparison.Ordinal)).Select(path => path.Split('/')[3])];

    private IReadOnlyList<string> Objects() =>
        [.. vault.Blobs.Keys.Where(path => path.StartsWith(ObjectVersion.FolderOf(ExpiryRun.Site), StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private Task<BackupLabel> BackUpAsync() => BackUpAsync(vault, bucket);

    private async Task<BackupLabel> BackUpAsync(MemoryVault into, MemoryBucket source)
    {
        time.Advance(TimeSpan.FromDays(1));
        if (source.Contents.Count == 0)
        {
            source.Put("core/one.hart", "one"u8.ToArray());
        }

        var label = new BackupLabel($"{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}-nightly-1a2b");
        var receipt = await new MirrorRun(into, source, new MirrorOptions()).BackupAsync(label.Value, null, () => Task.FromResult<string?>(null), Cancellation);
        await new ExpiryRun(into, KeepTwo, time).CommitAsync(label, receipt, Cancellation);
        return label;
    }

    private static async Task AssertWholeAsync(MemoryVault vault, BackupLabel label)
    {
        Assert.NotNull(await new SetCatalog(vault).FindAsync(ExpiryRun.Site, label, Cancellation));
        var entries = await MirrorRun.ReadAsync(vault, SetPaths.Inventory(ExpiryRun.Site, label), Cancellation);
        Assert.Equal(2, entries.Count);
        Assert.All(entries, entry => Assert.True(vault.Blobs.ContainsKey(ObjectVersion.PathOf(ExpiryRun.Site, entry.Name!))));
    }
}
