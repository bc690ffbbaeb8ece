using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Vault;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Restore;

/// <summary>Checks everything a restore needs, reads to its end what the restore itself would not read in advance, and touches nothing but what terminated restores left.</summary>
/// <remarks>Of another site's set it is noted that this run reads it, so that it does not expire meanwhile.</remarks>
public sealed class CheckRestore(
    ISiteDirectory sites, IVault vault, SetFiles files, DumpRestorer dumps, SetConfiguration configuration, VaultCipher cipher, SetUses uses,
    IOptions<RecoveryOptions> options, TimeProvider time, ILogger<CheckRestore> logger)
{
    /// <summary>Gives the plan of the run, with everything that stands against it.</summary>
    /// <exception cref="TransientFaultException">Something could not be looked at that may be looked at later.</exception>
    [Function(nameof(CheckRestore))]
    public Task<RestorePlan> RunAsync([ActivityTrigger] RestoreOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.OperationId, "check").RunAsync(token => CheckAsync(order, new Leftovers(sites, client), token), cancellationToken);

    /// <summary>Keeps another site's set from expiring meanwhile: that site is not locked, and a night's expiry may just be removing it.</summary>
    private async Task NoteUseAsync(RestoreOrder order, CancellationToken cancellationToken)
    {
        if (!order.ReadsOtherSite)
        {
            return;
        }

        // Where there is no such set there is to be no note of it.
        await files.GetAsync(order.SourceSite, order.Label, cancellationToken);
        await uses.BeginAsync(order.SourceSite, new BackupLabel(order.Label), order.OperationId, cancellationToken);
    }

    /// <summary>A restore keeps its receipts in the vault: one that is full or read-only would fail it after hours of work.</summary>
    private async Task<bool> CheckVaultAsync(CancellationToken cancellationToken)
    {
        await vault.CheckWritableAsync(cancellationToken);
        return true;
    }

    private async Task<RestorePlan> CheckAsync(RestoreOrder order, Leftovers leftovers, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        if (await findings.TryAsync(() => CheckVaultAsync(cancellationToken)))
        {
            await NoteUseAsync(order, cancellationToken);
        }

        var set = await files.GetAsync(order.SourceSite, order.Label, cancellationToken);
        await using var site = sites.Open(order.Site);
        findings.Warnings.AddRange(set.Warnings);

        var host = await findings.TryAsync(async () => await site.GetHostAsync(cancellationToken));
        var parts = PartsOf(order, set, host is not null, findings);
        if (order.Prune && !parts.Contains(RestorePart.Database))
        {
            findings.Add(RestoreFaults.PruneWithoutDatabase(set.Label));
        }

        IReadOnlyList<DatabasePlan> databases = [];
        ApiPlan api = new(Stops: false, Starts: false, Fails: false);
        if (parts.Contains(RestorePart.Database))
        {
            await findings.TryAsync(() => ClearAsync(order, site, leftovers, findings, cancellationToken));
            databases = await findings.TryAsync(() => PlanDatabasesAsync(order, set, site, host, findings, cancellationToken)) ?? [];
            if (order.Spare)
            {
                databases = await findings.TryAsync(() => CheckSpareAsync(order, set, site, databases, findings, cancellationToken)) ?? databases;
            }

            api = order.Mode == RestoreMode.Scratch ? api : await findings.TryAsync(() => PlanApiAsync(site, databases, order, findings, cancellationToken)) ?? api;
        }

        var createsBucket = parts.Contains(RestorePart.Artifacts) && await findings.TryAsync(() => IsBucketMissingAsync(site, cancellationToken));

        var keyFiles = 0;
        if (parts.Contains(RestorePart.Keys))
        {
            keyFiles = await findings.TryAsync(() => configuration.CheckAsync(set, order.Mode == RestoreMode.Scratch ? null : host, order.Wish(site.HabRoot), cancellationToken));
        }

        var plan = new RestorePlan(
            set.Label, set.Site, set.RecoveryPoint, parts, databases, api.Stops, api.Starts, keyFiles, Artifacts: null, findings.Problems, findings.Warnings, Steps: [])
        {
            CreatesBucket = createsBucket,
            ApiFails = api.Fails,
        };
        return plan with { Steps = PlanSteps.Of(order.Mode, plan) };
    }

    // Before the disk is looked at, which they take up.
    private async Task<bool> ClearAsync(RestoreOrder order, ISiteConnection site, Leftovers leftovers, Findings findings, CancellationToken cancellationToken)
    {
        var postgres = await site.GetPostgresAsync(cancellationToken);
        foreach (var database in await leftovers.ListAsync(postgres, cancellationToken))
        {
            if (order.Mode == RestoreMode.Plan)
            {
                findings.Warnings.Add($"'{database}' is left of a restore that was terminated: the next restore drops it");
                continue;
            }

            await DumpRestorer.DropAsync(postgres, database, cancellationToken);
            logger.LeftoverDropped(database, order.Site);
        }

        return true;
    }

    private static async Task<bool> IsBucketMissingAsync(ISiteConnection site, CancellationToken cancellationToken)
    {
        var bucket = await site.GetArtifactsAsync(cancellationToken);
        if (!await bucket.ExistsAsync(cancellationToken))
        {
            return true;
        }

        await bucket.CheckAsync(cancellationToken);
        return false;
    }

    private List<RestorePart> PartsOf(RestoreOrder order, BackupManifest set, bool hasHost, Findings findings)
    {
        var parts = new List<RestorePart>();
        foreach (var part in Enum.GetValues<RestorePart>())
        {
            var isAsked = order.Parts?.Contains(part) ?? false;
            if (order.Parts is not null && !isAsked)
            {
                continue;
            }

            PermanentFaultException? missing = part switch
            {
                RestorePart.Database when set.Databases.Count == 0 => RestoreFaults.NotInSet(set.Label, part),
                RestorePart.Keys when set.Configuration is null => RestoreFaults.NotInSet(set.Label, part),
                RestorePart.Keys when !cipher.HasKey => RestoreFaults.NoVaultKey(set.Label),
                RestorePart.Keys when !hasHost && order.Mode != RestoreMode.Scratch => RestoreFaults.NoHost(order.Site),
                _ => null,
            };
            if (missing is null)
            {
                parts.Add(part);
            }
            else if (isAsked)
            {
                findings.Add(missing);
            }
            else
            {
                findings.Warnings.Add($"{part.ToString().ToLowerInvariant()} will NOT be restored: {missing.What}");
            }
        }

        return parts;
    }

    private async Task<IReadOnlyList<DatabasePlan>?> PlanDatabasesAsync(
        RestoreOrder order, BackupManifest set, ISiteConnection site, IBuilderHost? host, Findings findings, CancellationToken cancellationToken)
    {
        if (order.Database is { } one && set.Databases.Count > 1)
        {
            throw RestoreFaults.OneNameForSeveral(set.Label, one, set.Databases.Select(database => database.Name));
        }

        var postgres = await site.GetPostgresAsync(cancellationToken);
        var server = await postgres.ProbeAsync(cancellationToken);
        var tool = await postgres.CheckToolsAsync(cancellationToken);
        if (server.IsInRecovery)
        {
            throw RecoveryFaults.ReadOnlyServer(postgres.Description);
        }

        if (!server.CanCreateDatabase && !server.IsSuperuser)
        {
            findings.Add(RecoveryFaults.CannotCreate(postgres.Description, server.Role));
        }

        var databases = new List<DatabasePlan>();
        foreach (var database in set.Databases)
        {
            if (await findings.TryAsync(() => PlanDatabaseAsync(order, set, database, site, server, findings, cancellationToken)) is { } plan)
            {
                databases.Add(plan);
            }

            findings.AddIf(TargetChecks.Versions(database, server, tool, postgres.Description));
        }

        await CheckDiskAsync(set, postgres, host, findings, cancellationToken);
        if (order.Mode != RestoreMode.Scratch)
        {
            await findings.TryAsync(() => CheckIsUsedAsync(order, set, site, databases, findings, cancellationToken));
        }

        return databases;
    }

    /// <summary>What Builder's one database is called on this site, whatever it was called when it was dumped; null: as it was.</summary>
    private static async Task<string?> OwnNameAsync(BackupManifest set, ISiteConnection site, CancellationToken cancellationToken) =>
        set.Databases is [var only] && !PostgresServer.IsFromBeforeTheMerges(only.Name) ? await site.FindDatabaseNameAsync(cancellationToken) : null;

    /// <summary>Another name may be meant, as when Builder is to be led to it afterwards; but the bucket must fit the database that Builder works with.</summary>
    private static async Task<bool> CheckIsUsedAsync(
        RestoreOrder order, BackupManifest set, ISiteConnection site, IReadOnlyList<DatabasePlan> databases, Findings findings, CancellationToken cancellationToken)
    {
        var named = await site.FindDatabaseNameAsync(cancellationToken);
        foreach (var database in databases.Where(database => database.Target != (named ?? database.Name)))
        {
            findings.Warnings.Add($"Builder works with '{named ?? database.Name}': what is restored as '{database.Target}' is not used before its configuration names that");
            if (order.Prune)
            {
                findings.Add(RestoreFaults.PruneForOther(set.Label, database.Target, named ?? database.Name));
            }
        }

        return true;
    }

    private async Task<DatabasePlan?> PlanDatabaseAsync(
        RestoreOrder order, BackupManifest set, DatabaseRecord database, ISiteConnection site, ServerFacts server, Findings findings,
        CancellationToken cancellationToken)
    {
        var postgres = await site.GetPostgresAsync(cancellationToken);
        var live = order.Mode == RestoreMode.Scratch ? null : order.Database ?? await OwnNameAsync(set, site, cancellationToken) ?? database.Name;
        var target = live ?? order.Database ?? order.ScratchName(database.Name);
        if ((live ?? order.Database ?? database.Name) is { Length: > DatabaseName.Longest } named)
        {
            throw RestoreFaults.NameTooLong(named);
        }

        // It may be what is to be restored for: damaged, half dropped, or closed by an operator. So it is not connected to.
        var isThere = await postgres.FindOwnerAsync(target, cancellationToken) is not null;
        if (isThere && live is null)
        {
            throw RestoreFaults.TargetExists(target, postgres.Description);
        }

        // Every byte is read and digested before a row is restored: here, or where the restore stages the whole dump first.
        var staged = dumps.CanStage(database, postgres);
        _ = staged && order.Mode != RestoreMode.Plan
            ? await dumps.ListAsync(set, database, postgres, cancellationToken)
            : await dumps.CheckAsync(set, database, postgres, static _ => ValueTask.CompletedTask, cancellationToken);
        await files.ReadFingerprintAsync(set, database, cancellationToken);
        var owner = live is null ? null : await OwnerAsync(site, live, postgres, server, findings, cancellationToken);
        var sessions = isThere ? await DatabaseSwap.SessionsAsync(postgres, target, cancellationToken) : [];
        return new DatabasePlan(
            database.Name, order.RestoringName(live ?? database.Name), target, isThere ? order.BeforeName(target) : null, database.StoredBytes,
            database.ArchiveBytes, database.Rows, staged, sessions, owner);
    }

    // A database that belongs to this program's role is there, complete, and closed to Builder.
    private static async Task<string?> OwnerAsync(
        ISiteConnection site, string live, PostgresServer postgres, ServerFacts server, Findings findings, CancellationToken cancellationToken)
    {
        if (await site.FindOwnerAsync(live, cancellationToken) is not { } owner)
        {
            findings.Warnings.Add(
                $"nothing tells which role Builder connects as: '{live}' will belong to '{server.Role}'; if that is another one, set Sites__{site.Name}__Postgres__Owner");
            return null;
        }

        findings.AddIf(await postgres.MayActAsAsync(owner, cancellationToken) switch
        {
            null => RecoveryFaults.NoOwner(postgres.Description, owner),
            false => RecoveryFaults.NotMember(postgres.Description, server.Role, owner),
            true => null,
        });
        return owner;
    }

    private async Task CheckDiskAsync(BackupManifest set, PostgresServer postgres, IBuilderHost? host, Findings findings, CancellationToken cancellationToken)
    {
        var needed = ServerSpace.BytesFor(set) + options.Value.DiskReserveBytes;
        if (await ServerDisk.FreeAsync(postgres, host, cancellationToken) is not { } free)
        {
            findings.Warnings.Add($"the disk of {postgres.Description} cannot be looked at from here; the restore needs about {needed} bytes there");
        }
        else if (free < needed)
        {
            findings.Add(RecoveryFaults.DiskTooSmall($"the disk of {postgres.Description}", needed, free));
        }
    }

    private static async Task<IReadOnlyList<DatabasePlan>?> CheckSpareAsync(
        RestoreOrder order, BackupManifest set, ISiteConnection site, IReadOnlyList<DatabasePlan> databases, Findings findings, CancellationToken cancellationToken)
    {
        var serves = await (await site.GetApiAsync(cancellationToken)).ProbeAsync(cancellationToken);
        var postgres = await site.GetPostgresAsync(cancellationToken);
        var dated = new List<DatabasePlan>();
        foreach (var database in databases)
        {
            // Looked at once more when it is to be replaced: by then hours may have gone by.
            var newest = database.Before is null ? null : await NewestWrite.FindAsync(postgres, database.Target, cancellationToken);
            if (serves && newest > set.RecoveryPoint)
            {
                findings.Add(RestoreFaults.SpareServes(order.Site, newest.Value, set.RecoveryPoint));
            }

            dated.Add(database with { NewestWrite = newest });
        }

        return dated;
    }

    private sealed record ApiPlan(bool Stops, bool Starts, bool Fails);

    private static async Task<ApiPlan?> PlanApiAsync(
        ISiteConnection site, IReadOnlyList<DatabasePlan> databases, RestoreOrder order, Findings findings, CancellationToken cancellationToken)
    {
        var api = await site.GetApiAsync(cancellationToken);
        if (!api.CanControl)
        {
            // A spare whose API does not answer is down for good: nobody has to stop it.
            if (databases.Any(database => database.Before is not null) && !order.Force && !(order.Spare && !await api.ProbeAsync(cancellationToken)))
            {
                findings.Add(RestoreFaults.CannotStopApi(order.Site));
            }

            findings.Warnings.Add("no service control is configured: the services must be restarted by hand");
            return new ApiPlan(Stops: false, Starts: false, Fails: false);
        }

        // One that ends right after each start, the reason for many a restore, comes up again by itself: it is stopped like one that is up.
        var state = await api.GetStateAsync(cancellationToken);
        var fails = state == ServiceState.Down && await api.IsWantedUpAsync(cancellationToken);
        var stops = state == ServiceState.Up || fails;
        foreach (var database in databases.Where(database => !stops && database.Sessions.Count > 0 && !order.Force))
        {
            findings.Add(RestoreFaults.InUse(database.Target, database.Sessions));
        }

        if (state == ServiceState.Unknown)
        {
            findings.Warnings.Add($"the supervisor does not know the API's service: load it when the restore is done ({HabitatFaults.LoadByHand})");
        }

        return new ApiPlan(stops, Starts: order.Spare ? stops : state != ServiceState.Unknown, fails);
    }
}
