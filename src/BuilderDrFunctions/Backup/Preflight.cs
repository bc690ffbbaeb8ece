using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Backup;

/// <summary>Checks everything a backup needs and touches nothing; what is wrong is reported together.</summary>
public sealed class Preflight(
    ISiteDirectory sites, IVault vault, CopyVault copy, VaultCipher cipher, SetCatalog catalog, DamagedObjects damaged, TimeProvider time, ILogger<Preflight> logger)
{
    /// <summary>Gives the plan of the run.</summary>
    /// <exception cref="FaultException">One problem as it is, several as DR2001; transient only when all of them are.</exception>
    [Function(nameof(Preflight))]
    public Task<PreflightReport> RunAsync([ActivityTrigger] BackupOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.OperationId, "preflight").RunAsync(token => CheckAsync(order, client, token), cancellationToken);

    private async Task<PreflightReport> CheckAsync(BackupOrder order, DurableTaskClient client, CancellationToken cancellationToken)
    {
        var problems = new List<FaultException>();
        var warnings = new List<string>();
        await using var site = sites.Open(order.Site);

        var databases = await TryAsync(problems, async () =>
        {
            var postgres = await site.GetPostgresAsync(cancellationToken);
            await postgres.ProbeAsync(cancellationToken);
            await postgres.CheckToolsAsync(cancellationToken);
            var names = await site.GetDatabasesAsync(cancellationToken);
            await TryAsync(problems, () => CheckNoneLostAsync(site, postgres.Description, names, cancellationToken));
            foreach (var name in names)
            {
                await TryAsync(problems, () => postgres.CheckDumpableAsync(name, cancellationToken));
            }

            return names;
        });
        await TryAsync(problems, async () =>
        {
            await (await site.GetArtifactsAsync(cancellationToken)).CheckAsync(cancellationToken);
            return true;
        });
        var baseInventory = await TryAsync(problems, async () =>
        {
            await vault.CheckWritableAsync(cancellationToken);
            await WarnOfWrongVaultAsync(order, client, warnings, cancellationToken);
            return await BaseInventory.FindAsync(vault, catalog, order.Site, time.GetUtcNow(), warnings, cancellationToken) ?? "";
        });
        var lists = await TryAsync(problems, () => damaged.ListAsync(order.Site, warnings, cancellationToken));
        var (stopsApi, apiNote) = await TryAsync(problems, () => PlanApiAsync(site, order, cancellationToken));
        var captures = await TryAsync(problems, () => PlanConfigurationAsync(site, warnings, cancellationToken));

        // Faults of one cause (a host that does not answer) come up at every part; once is enough.
        var distinct = problems.DistinctBy(problem => problem.Message, StringComparer.Ordinal).ToList();
        return distinct.Count switch
        {
            0 => new PreflightReport(databases ?? [], stopsApi, apiNote, baseInventory is { Length: > 0 } ? baseInventory : null, captures, warnings)
            {
                Copies = copy.IsConfigured,
                Damaged = lists ?? [],
            },
            1 => throw distinct[0],
            _ => throw BackupFaults.PreflightFailed(order.Site, distinct),
        };
    }

    /// <summary>A lost <c>builder</c> leaves what it was merged from years ago: a set of that would be the newest one on the day it counts.</summary>
    private async Task<bool> CheckNoneLostAsync(ISiteConnection site, string server, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        if (!names.All(PostgresServer.IsFromBeforeTheMerges) || await site.FindDatabaseNameAsync(cancellationToken) is not null)
        {
            return true;
        }

        var newest = (await catalog.FindNewestReadableAsync(site.Name, cancellationToken)).Set;
        List<string> lost = [.. (newest?.Databases ?? []).Select(database => database.Name).Except(names, StringComparer.Ordinal)];
        return lost.Count == 0 ? true : throw BackupFaults.DatabasesLost(site.Name, newest!.Label, lost, names, server);
    }

    // Of runs the durable store knows, which is elsewhere: what monitoring keeps in the vault is gone with it.
    private async Task WarnOfWrongVaultAsync(BackupOrder order, DurableTaskClient client, List<string> warnings, CancellationToken cancellationToken)
    {
        if (await catalog.FindNewestLabelAsync(order.Site, time.GetUtcNow(), cancellationToken) is not { Label: null, Ahead: null })
        {
            return;
        }

        var succeeded = new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Completed], InstanceIdPrefix: "backup-");
        await foreach (var run in client.GetAllInstancesAsync(succeeded).WithCancellation(cancellationToken))
        {
            if (OperationId.TryParse(run.InstanceId) is { } id && id.Site == order.Site)
            {
                warnings.Add($"the vault {vault.Description} had no set of this site before this one, although {id} succeeded: unless it was changed on purpose, it may be the wrong vault, or its disk is not mounted");
                return;
            }
        }
    }

    private static async Task<(bool Stops, string? Note)> PlanApiAsync(ISiteConnection site, BackupOrder order, CancellationToken cancellationToken)
    {
        var api = await site.GetApiAsync(cancellationToken);
        if (!api.CanControl)
        {
            return order.Quiesce == QuiesceMode.Stop
                ? throw BackupFaults.CannotQuiesce(order.Site)
                : (false, "no service control is configured: the API kept serving");
        }

        return await api.GetStateAsync(cancellationToken) switch
        {
            ServiceState.Up when order.Quiesce != QuiesceMode.None => (true, null),
            ServiceState.Up => (false, "the API kept serving, as asked"),
            // It may never come up again, and a backup that waited for it would fail. Should it serve meanwhile, the set is as good as one without a stop.
            ServiceState.Down when await api.IsWantedUpAsync(cancellationToken) =>
                (false, "the API was down before the backup, although it is wanted up, and was left alone: it may have come up during the dump"),
            ServiceState.Down => (false, "the API was down before the backup and was left down"),
            _ when order.Quiesce == QuiesceMode.None => (false, "the supervisor does not know the API's service: there was nothing to stop"),
            _ => throw BackupFaults.ApiStateUnknown(order.Site),
        };
    }

    private async Task<bool> PlanConfigurationAsync(ISiteConnection site, List<string> warnings, CancellationToken cancellationToken)
    {
        if (await site.GetConfigurationAsync(cancellationToken) is not { } capture)
        {
            warnings.Add("Builder's keys and configuration are NOT in this set: no way to the Builder host is configured (Sites__<n>__Service__Control)");
            return false;
        }

        await capture.CheckAsync(cancellationToken);
        if (!cipher.HasKey)
        {
            warnings.Add("Builder's keys and configuration are NOT in this set: no encryption key is configured (Vault__Encryption__Key)");
            return false;
        }

        return true;
    }

    private static async Task<T?> TryAsync<T>(List<FaultException> problems, Func<Task<T>> check)
    {
        try
        {
            return await check();
        }
        catch (FaultException problem)
        {
            problems.Add(problem);
            return default;
        }
    }
}
