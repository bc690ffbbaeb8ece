using System.Text.RegularExpressions;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Backup;

/// <summary>Stores Builder's keys and configuration files, encrypted on the way.</summary>
public sealed partial class CaptureConfiguration(ISiteDirectory sites, IVault vault, VaultCipher cipher, TimeProvider time, ILogger<CaptureConfiguration> logger)
{
    private const int ReceiptLimit = 1024 * 1024;

    /// <summary>Stores the package and returns its receipt. Run again after a crash, it returns the receipt or begins anew.</summary>
    [Function(nameof(CaptureConfiguration))]
    public Task<ConfigurationReceipt> RunAsync([ActivityTrigger] BackupOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.OperationId, "keys and configuration").RunAsync(token => CaptureAsync(order, token), cancellationToken);

    private async Task<ConfigurationReceipt> CaptureAsync(BackupOrder order, CancellationToken cancellationToken)
    {
        var receiptPath = SetPaths.Run(order.Site, order.OperationId) + "configuration.json";
        if (await vault.ReadJsonAsync(receiptPath, CatalogJson.Of<ConfigurationReceipt>(), ReceiptLimit, cancellationToken) is { } earlier)
        {
            return earlier;
        }

        await using var site = sites.Open(order.Site);
        var capture = await site.GetConfigurationAsync(cancellationToken) ?? throw SiteFaults.NoHost(order.Site);
        var path = SetPaths.Configuration(order.Site, order.BackupLabel);
        await vault.DeleteAsync(path, cancellationToken);
        await using var writer = await vault.CreateAsync(path, null, cancellationToken);
        await using var digest = new DigestStream(writer.Content);
        IReadOnlyList<CapturedFile> files;
        await using (var encrypted = cipher.Encrypt(digest))
        {
            files = await capture.WriteAsync(encrypted, cancellationToken);
            await encrypted.CompleteAsync(cancellationToken);
        }

        await writer.CommitAsync(cancellationToken);
        var receipt = new ConfigurationReceipt(
            new ConfigurationRecord(
                SetPaths.WithinSet(path),
                [.. files.Where(file => file.IsKey && file.Presence == FilePresence.Present).Select(file => KeyName().Match(file.Path).Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                files.Count(file => file.Presence == FilePresence.Present),
                [.. files.Where(file => file.Presence != FilePresence.Present).Select(file => file.Path)])
            {
                HabRoot = site.HabRoot,
            },
            new SetFile(SetPaths.WithinSet(path), digest.Bytes, digest.Sha256()));
        await vault.TryCreateJsonAsync(receiptPath, receipt, CatalogJson.Of<ConfigurationReceipt>(), cancellationToken);
        return receipt;
    }

    [GeneratedRegex("bldr-[0-9]{14}", RegexOptions.None, 1000)]
    private static partial Regex KeyName();
}
