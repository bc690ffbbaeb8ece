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
    /// <summary>Uploads them. Run again, Builder takes the same artifacts again.</summary>
    [Function(nameof(UploadArtifacts))]
    public Task<MendReceipt> RunAsync([ActivityTrigger] UploadOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, "uploads");
        return link.RunAsync(token => UploadAsync(order, token), cancellationToken);
    }

    private async Task<MendReceipt> UploadAsync(UploadOrder order, CancellationToken cancellationToken)
    {
        var uploads = await RepairPlanner.ReadUploadsAsync(vault, order.Folder, cancellationToken) ?? throw RepairFaults.PlanLost(order.Folder);
        await using var site = sites.Open(order.Site);
        var bucket = await site.GetArtifactsAsync(cancellationToken);
        var builder = await site.GetBuilderApiAsync(cancellationToken);
        var receipt = new MendReceipt();
        for (var number = order.From; number < order.Until; number++)
        {
            receipt = receipt.Plus(await UploadAsync(bucket, builder, uploads[number], cancellationToken));
        }

        return receipt;
    }

    /// <summary>Reads the object twice: Builder wants its checksum in the address, before the body.</summary>
    private static async Task<MendReceipt> UploadAsync(IObjectStore bucket, BuilderApiClient builder, PlannedUpload upload, CancellationToken cancellationToken)
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
