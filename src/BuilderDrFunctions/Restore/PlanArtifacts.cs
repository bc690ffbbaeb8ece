using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Restore;

/// <summary>Compares a set's inventory with the bucket in one merge join, and writes what is to be copied as batches.</summary>
public sealed class PlanArtifacts(
    ISiteDirectory sites, SetFiles files, IVault vault, IOptions<RecoveryOptions> options, TimeProvider time, ILogger<PlanArtifacts> logger)
{
    private const int ReportEvery = 10_000;

    /// <summary>Gives the plan; memory does not grow with the bucket. Run again, it makes another one in a folder of its own.</summary>
    [Function(nameof(PlanArtifacts))]
    public Task<ArtifactsPlan> RunAsync([ActivityTrigger] RestoreOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, "artifacts");
        return link.RunAsync(token => PlanAsync(order, link, token), cancellationToken);
    }

    private async Task<ArtifactsPlan> PlanAsync(RestoreOrder order, OperationLink link, CancellationToken cancellationToken)
    {
        var set = await files.GetAsync(order.SourceSite, order.Label, cancellationToken);
        await using var site = sites.Open(order.Site);
        var folder = $"{SetPaths.Run(order.Site, order.OperationId)}artifacts/{Guid.NewGuid():N}/";
        var header = new InventoryHeader(order.Site, order.OperationId);
        var batches = new ArtifactBatches(vault, folder, header, options.Value);
        var prunePath = order is { Mode: RestoreMode.Plan, Prune: true } ? PrunePlan.PathOf(order.Site, order.OperationId, Guid.NewGuid()) : null;
        await using var extras = prunePath is null ? null : await InventoryWriter.CreateAsync(vault, prunePath, header, cancellationToken);
        var bucket = await site.GetArtifactsAsync(cancellationToken);
        var present = await bucket.ExistsAsync(cancellationToken)
            ? bucket.ListAsync(order.Prefix, startAfter: null, cancellationToken)
            : AsyncEnumerable.Empty<ObjectEntry>();
        var sums = await JoinAsync(set, order.Prefix, present, batches, extras, link, cancellationToken);
        await batches.EndAsync(cancellationToken);
        if (extras is not null)
        {
            await extras.CommitAsync(cancellationToken);
        }

        return new ArtifactsPlan(folder, batches.Count, sums.Objects, sums.Bytes, batches.Objects, batches.Bytes, sums.Absent, sums.Extra, prunePath);
    }

    private async Task<Sums> JoinAsync(
        BackupManifest set, string prefix, IAsyncEnumerable<ObjectEntry> bucket, ArtifactBatches batches, InventoryWriter? extras, OperationLink link,
        CancellationToken cancellationToken)
    {
        await using var inventory = await InventoryReader.OpenAsync(
            vault, SetPaths.Set(set.Site, new BackupLabel(set.Label)) + set.Artifacts.InventoryPath,
            set.Files.Single(file => file.Path == set.Artifacts.InventoryPath).Sha256, cancellationToken);
        await using var present = bucket.GetAsyncEnumerator(cancellationToken);
        var sums = new Sums();
        var hasPresent = await present.MoveNextAsync();
        await foreach (var entry in inventory.ReadAsync(cancellationToken))
        {
            var key = prefix + entry.Key;
            for (; hasPresent && KeyOrder.Compare(present.Current.Key, key) < 0; hasPresent = await present.MoveNextAsync())
            {
                await AddExtraAsync(extras, present.Current, cancellationToken);
                sums.Extra++;
            }

            var isPresent = hasPresent && string.Equals(present.Current.Key, key, StringComparison.Ordinal);
            if (entry.Name is null)
            {
                sums.Absent++;
            }
            else
            {
                sums.Objects++;
                sums.Bytes += entry.Bytes;
                if (!isPresent || present.Current.Bytes != entry.Bytes || !string.Equals(present.Current.ETag, entry.ETag, StringComparison.Ordinal))
                {
                    // An ETag depends on how an object was uploaded, so another one does not yet mean another content: the copy looks first.
                    await batches.AddAsync(entry with { ETag = isPresent ? present.Current.ETag : "" }, cancellationToken);
                }
            }

            hasPresent = isPresent ? await present.MoveNextAsync() : hasPresent;
            if (sums.Objects % ReportEvery == 0)
            {
                link.Report(0, null, sums.Objects, set.Artifacts.Objects);
            }
        }

        for (; hasPresent; hasPresent = await present.MoveNextAsync())
        {
            await AddExtraAsync(extras, present.Current, cancellationToken);
            sums.Extra++;
        }

        return sums;
    }

    private static ValueTask AddExtraAsync(InventoryWriter? extras, ObjectEntry entry, CancellationToken cancellationToken) =>
        extras is null
            ? ValueTask.CompletedTask
            : extras.WriteAsync(new InventoryEntry(entry.Key, entry.Bytes, entry.ETag, entry.ModifiedAt, ObjectVerdict.Unlisted), cancellationToken);

    private sealed class Sums
    {
        public long Objects { get; set; }

        public long Bytes { get; set; }

        public long Absent { get; set; }

        public long Extra { get; set; }
    }
}
