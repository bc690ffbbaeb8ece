using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Tests.Retention;

/// <summary>Commits sets and lets them expire as the orchestrators do, in order and in one process.</summary>
internal sealed class ExpiryRun(IVault vault, RetentionOptions options, TimeProvider time)
{
    public const string Site = "main";
    private readonly SetCatalog catalog = new(vault);
    private readonly SetHolds holds = new(vault);

    /// <summary>Names per list; small, so that lists are merged.</summary>
    public int MostNames { get; init; } = 1_000_000;

    /// <summary>Whether an operation is under way; none is. Null: another installation's.</summary>
    public Func<string, bool?> IsRunning { get; init; } = static _ => false;

    /// <summary>The first vault's catalog, where this is the second.</summary>
    public SetCatalog? First { get; init; }

    /// <summary>The second vault, where this is the first.</summary>
    public IVault? Second { get; init; }

    /// <summary>Commits a set whose inventory a mirror settled at its place.</summary>
    public async Task CommitAsync(BackupLabel label, MirrorReceipt mirror, CancellationToken cancellationToken, DateTimeOffset? committedAt = null) =>
        await catalog.CommitAsync(
            new BackupManifest(
                BackupManifest.CurrentFormat, label.Value, Site, $"backup-{label.Value}", label.At, committedAt ?? label.At, committedAt ?? label.At, new ApiRecord(false, 0, null), [],
                new ArtifactsRecord(SetPaths.WithinSet(mirror.InventoryPath), mirror.Counts.Objects, mirror.Counts.Bytes, 0, 0, mirror.Counts), null, [],
                [new SetFile(SetPaths.WithinSet(mirror.InventoryPath), mirror.InventoryBytes, mirror.InventorySha256)]),
            cancellationToken);

    public Task<ExpiryPlan> PlanAsync(CancellationToken cancellationToken) =>
        new SetSurvey(vault, catalog, new VerifyVerdicts(vault), holds, options, time) { First = First, Second = Second }.PlanAsync(Site, cancellationToken);

    public Task<RemoveReceipt> RemoveAsync(string label, CancellationToken cancellationToken, bool isLeftover = false) =>
        new SetRemover(vault, catalog, holds, new SetUses(vault, holds, time), time)
            .RemoveAsync(Site, new BackupLabel(label), isLeftover, (operation, _) => Task.FromResult(IsRunning(operation)), cancellationToken);

    /// <summary>What would be collected if only these sets remained.</summary>
    public async Task<CollectionPlan> FindGarbageAsync(IEnumerable<string> remaining, CancellationToken cancellationToken)
    {
        var names = new NameLists(vault, catalog) { MostNames = MostNames };
        var paths = new List<string>();
        foreach (var group in remaining.Select(label => new BackupLabel(label)).Chunk(2))
        {
            paths.AddRange(await names.WriteAsync(Site, group, $"sites/{Site}/runs/expire/{Guid.NewGuid():N}/", cancellationToken));
        }

        return await new Garbage(vault, names, options, time).FindAsync(Site, paths, $"sites/{Site}/runs/expire/{Guid.NewGuid():N}/", null, cancellationToken);
    }

    public async Task<CollectReceipt> CollectAsync(IEnumerable<string> remaining, CancellationToken cancellationToken)
    {
        var plan = await FindGarbageAsync(remaining, cancellationToken);
        var receipt = new CollectReceipt();
        for (var batch = 1; batch <= plan.Batches; batch++)
        {
            receipt = receipt.Plus(await new Garbage(vault, new NameLists(vault, catalog), options, time).RemoveAsync(Site, plan.Folder, batch, cancellationToken));
        }

        return receipt;
    }

    /// <summary>Decides, removes, collects.</summary>
    public async Task<IReadOnlyList<string>> ExpireAsync(CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(cancellationToken);
        foreach (var set in plan.Sets.Where(set => set.Expires).Reverse())
        {
            await RemoveAsync(set.Label, cancellationToken);
        }

        foreach (var leftover in plan.Leftovers)
        {
            await RemoveAsync(leftover, cancellationToken, isLeftover: true);
        }

        IReadOnlyList<string> remaining = [.. plan.Sets.Where(set => !set.Expires).Select(set => set.Label)];
        if (plan.Uncollectable is null)
        {
            await CollectAsync(remaining, cancellationToken);
        }

        return remaining;
    }
}
