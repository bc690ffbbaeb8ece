using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Repair;

/// <summary>Uploads some artifacts without metadata through Builder's own API, one after the other: dependencies first.</summary>
public sealed class UploadArtifacts(ISiteDirectory sites, IVault vault, TimeProvider time, ILogger<UploadArtifacts> logger)
{
    /// <summary>Uploads those that the database still does not have. Run again, it finds what it uploaded there.</summary>
    [Function(nameof(UploadArtifacts))]
    public Task<MendReceipt> RunAsync([ActivityTrigger] UploadOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, "uploads");
        return link.RunAsync(token => UploadAsync(order, token), cancellationToken);
    }

    private async Task<MendReceipt> UploadAsync(UploadOrder order, CancellationToken cancellationToken)
    {
        var uploads = await RepairPlanner.ReadUploadsAsync(vault, order, cancellationToken);
        await using var site = sites.Open(order.Site);
        var bucket = await site.GetArtifactsAsync(cancellationToken);
        var builder = await site.GetBuilderApiAsync(cancellationToken);
        var postgres = await site.GetPostgresAsync(cancellationToken);
        var database = await PackageChecksums.FindDatabaseAsync(site, cancellationToken) ?? throw RepairFaults.NoPackages(order.Site, postgres.Description);
        var receipt = new MendReceipt();
        for (var number = order.From; number < order.Until; number++)
        {
            var upload = uploads[number];
            var row = await postgres.UseAsync(database, (source, token) => PackageChecksums.FindAsync(source, upload.Package, token), cancellationToken);
            receipt = receipt.Plus(await OneObject.MendAsync(bucket, upload.Key, () => UploadAsync(bucket, builder, upload, row, cancellationToken), cancellationToken));
        }

        return receipt;
    }

    /// <summary>Reads the object twice: Builder wants its checksum in the address, before the body.</summary>
    /// <remarks>A package that the database has by now was uploaded since, by its owner or by an earlier attempt: once more would reset its owner and visibility.</remarks>
    internal static async Task<MendReceipt> UploadAsync(
        IObjectStore bucket, BuilderApiClient builder, PlannedUpload upload, string? row, CancellationToken cancellationToken)
    {
        string checksum;
        await using (var first = await bucket.OpenReadAsync(upload.Key, upload.ETag, 0, cancellationToken))
        {
            if (first is null)
            {
                return MendReceipt.Changed($"{upload.Key}: it is gone or another one since the plan was made");
            }

            (checksum, _) = await ArtifactChecksum.OfAsync(first.Content, cancellationToken);
        }

        if (row is not null)
        {
            return string.Equals(row, checksum, StringComparison.OrdinalIgnoreCase)
                ? MendReceipt.Mended(upload.Bytes)
                : MendReceipt.Changed($"{upload.Key}: the database has that package since the plan was made, with another checksum");
        }

        await using var body = await bucket.OpenReadAsync(upload.Key, upload.ETag, 0, cancellationToken);
        if (body is null)
        {
            return MendReceipt.Changed($"{upload.Key}: it is gone or another one since the plan was made");
        }

        return await builder.UploadAsync(upload.Package, checksum, body.Content, body.Bytes, cancellationToken) is { } refusal
            ? MendReceipt.NotMended($"{upload.Key}: {refusal}")
            : MendReceipt.Mended(upload.Bytes);
    }
}
