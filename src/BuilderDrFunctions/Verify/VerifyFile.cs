using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Verify;

/// <summary>Reads one file of a set to its end, under its digest, and as what it is: a dump, a fingerprint, an encrypted package.</summary>
public sealed class VerifyFile(
    ISiteDirectory sites, SetFiles files, DumpRestorer dumps, VaultCipher cipher, ReadRate rate, TimeProvider time, ILogger<VerifyFile> logger)
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Gives what was found.</summary>
    [Function(nameof(VerifyFile))]
    public Task<VerifyReceipt> RunAsync([ActivityTrigger] VerifyFileOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        var link = new OperationLink(client, time, logger, order.OperationId, order.File.Path);
        return link.RunAsync(token => VerifyAsync(order, link, token), cancellationToken);
    }

    private async Task<VerifyReceipt> VerifyAsync(VerifyFileOrder order, OperationLink link, CancellationToken cancellationToken)
    {
        var set = await files.GetAsync(order.Site, order.Label, cancellationToken);
        try
        {
            if (set.Databases.FirstOrDefault(database => database.Path == order.File.Path) is { } dump)
            {
                await using var site = sites.Open(order.Site);
                await dumps.CheckAsync(
                    set, dump, await site.GetPostgresAsync(cancellationToken), bytes => rate.TakeAsync(bytes, cancellationToken), cancellationToken);
                return VerifyReceipt.Of(order.File.Bytes, null);
            }

            await ReadAsync(set, order.File, link, cancellationToken);
            if (set.Databases.FirstOrDefault(database => database.FingerprintPath == order.File.Path) is { } fingerprint)
            {
                await files.ReadFingerprintAsync(set, fingerprint, cancellationToken);
            }
            else if (set.Configuration?.Path == order.File.Path && cipher.HasKey)
            {
                await using var package = cipher.Decrypt(await files.OpenAsync(set, order.File.Path, cancellationToken));
                await package.CopyToAsync(Stream.Null, cancellationToken);
            }

            return VerifyReceipt.Of(order.File.Bytes, null);
        }
        catch (PermanentFaultException fault) when (fault.Code is not OperationFaults.CanceledCode)
        {
            return VerifyReceipt.Of(order.File.Bytes, $"{fault.Code}: {fault.What}");
        }
    }

    private async Task ReadAsync(BackupManifest set, SetFile file, OperationLink link, CancellationToken cancellationToken)
    {
        await using var content = await files.OpenAsync(set, file.Path, cancellationToken);
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await rate.TakeAsync(read, cancellationToken);
            link.Report(content.Position, file.Bytes);
        }
    }
}
