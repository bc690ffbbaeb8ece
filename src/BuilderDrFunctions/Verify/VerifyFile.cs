using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Verify;

/// <summary>Reads one file of a set to its end, under its digest, and as what it is: a dump, a fingerprint, an encrypted package.</summary>
public sealed class VerifyFile(
    ISiteDirectory sites, SetFiles files, VaultCipher cipher, ReadRate rate, TimeProvider time, ILogger<VerifyFile> logger)
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
            await ReadAsync(set, order.File, link, cancellationToken);
            var unseen = await LookIntoAsync(set, order.File, cancellationToken);
            return VerifyReceipt.Of(order.File.Bytes, null) with { Warnings = unseen is null ? [] : [unseen] };
        }
        catch (PermanentFaultException fault) when (RecoveryFaults.IsDamage(fault))
        {
            return VerifyReceipt.Of(order.File.Bytes, fault.Brief);
        }
    }

    /// <summary>Reads a file as what it is. Gives what could not be looked at where its bytes are all there is to go by: a Builder, its host and its tools may be gone.</summary>
    private async Task<string?> LookIntoAsync(BackupManifest set, SetFile file, CancellationToken cancellationToken)
    {
        if (set.Databases.FirstOrDefault(database => database.Path == file.Path) is { } dump)
        {
            try
            {
                await ListAsync(set, dump, cancellationToken);
            }
            catch (FaultException fault) when (DumpLister.IsOutOfReach(fault))
            {
                return $"'{file.Path}' is as it was written, but its table of contents was not listed: {fault.Brief}";
            }
        }
        else if (set.Databases.FirstOrDefault(database => database.FingerprintPath == file.Path) is { } fingerprint)
        {
            await files.ReadFingerprintAsync(set, fingerprint, cancellationToken);
        }
        else if (set.Configuration?.Path == file.Path && cipher.HasKey)
        {
            try
            {
                await using var package = cipher.Decrypt(await files.OpenAsync(set, file.Path, cancellationToken));
                await package.CopyToAsync(Stream.Null, cancellationToken);
            }
            catch (PermanentFaultException fault) when (VaultFaults.IsOtherKey(fault))
            {
                return $"'{file.Path}' is as it was written, but was not decrypted: {fault.Brief}";
            }
        }

        return null;
    }

    private async Task ListAsync(BackupManifest set, DatabaseRecord dump, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(set.Site);
        await using var content = await files.OpenAsync(set, dump.Path, cancellationToken);
        var lister = await site.GetDumpListerAsync(cancellationToken);
        await lister.ListAsync(content, SetFiles.CompressionOf(dump), cancellationToken);
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
