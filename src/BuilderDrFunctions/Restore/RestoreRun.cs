using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.ServiceControl;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Restore;

/// <summary>The steps of one restore, seen from its orchestrator. Deterministic: it awaits only what the orchestration context gave out.</summary>
internal sealed class RestoreRun(TaskOrchestrationContext context, RestoreOrder order)
{
    private readonly OperationScope _scope = new(context);
    private readonly DateTime _begunAt = context.CurrentUtcDateTime;
    private readonly List<string> _warnings = [];
    private RestorePlan? _plan;
    private RestoredDatabase[] _databases = [];
    private IReadOnlyList<KeyVerdict> _keys = [];
    private CopyReceipt? _artifacts;
    private KeysReceipt? _written;
    private string[] _previous = [];
    private bool _keysMayHaveChanged;
    private bool _namesMayHaveChanged;
    private bool _isSwapped;
    private bool _namesAreUnknown;
    private DateTime? _upAt;
    private double _downSeconds;

    private RestorePlan Plan => _plan ?? throw new System.Diagnostics.UnreachableException();

    /// <summary>Checks everything and compares the artifacts; throws what stands against it, unless only a plan was asked for.</summary>
    public async Task CheckAsync()
    {
        _plan = await _scope.RunAsync("check", () => context.CallActivityAsync<RestorePlan>(nameof(CheckRestore), order, Retries.Brief));
        if (Plan.Problems.Count > 0)
        {
            if (order.Mode == RestoreMode.Plan)
            {
                return;
            }

            throw RestoreFaults.CheckFailed(order.Site, Plan.Problems);
        }

        if (Plan.Parts.Contains(RestorePart.Artifacts))
        {
            var artifacts = await _scope.RunAsync(
                "compare artifacts", () => context.CallActivityAsync<ArtifactsPlan>(nameof(PlanArtifacts), order, Retries.Transient));
            _plan = Plan with { Artifacts = artifacts };
            _plan = Plan with { Steps = PlanSteps.Of(order.Mode, Plan) };
            TellOfUnread(artifacts.Objects - artifacts.ToCopy);
        }
    }

    // A bucket also lists objects whose content it has lost. To ask for each of a million would take longer than the restore, and a repair does it while Builder serves.
    private void TellOfUnread(long artifacts)
    {
        if (artifacts > 0 && order.Mode != RestoreMode.Scratch)
        {
            _warnings.Add(FormattableString.Invariant(
                $"{artifacts} artifacts are in the bucket by size and ETag as in the set, and are taken for whole without being read: 'builder-dr repair --site {order.Site}' asks the bucket for each"));
        }
    }

    /// <summary>Restores beside what is live, and proves it.</summary>
    public async Task RestoreBesideAsync()
    {
        if (Plan is { CreatesBucket: true, Artifacts: not null, Databases.Count: > 0 })
        {
            // In a bucket that was not there nothing is overwritten: what goes there need not wait until the database is proved.
            await CreateBucketAsync();
            (_databases, _artifacts) = await _scope.RunTogetherAsync("restore database and artifacts", BeginDatabases, CopyArtifactsAsync);
            await CheckKeysAsync();
            AcceptLostArtifactsOrThrow();
            return;
        }

        if (Plan.Databases.Count > 0)
        {
            _databases = await _scope.RunTogetherAsync("restore database", BeginDatabases);
            await CheckKeysAsync();
        }

        if (Plan.CreatesBucket)
        {
            await CreateBucketAsync();
        }

        if (Plan.Artifacts is not null)
        {
            _artifacts = await _scope.RunAsync("artifacts", CopyArtifactsAsync);
            AcceptLostArtifactsOrThrow();
        }
    }

    /// <summary>Puts what was restored in place.</summary>
    public async Task PutInPlaceAsync()
    {
        if (order.Mode == RestoreMode.Scratch)
        {
            if (Plan.Databases.Count > 0)
            {
                await _scope.RunAsync("name database", () => context.CallActivityAsync<string[]>(nameof(SwapDatabases), Swap, Retries.Transient), counts: true);
            }

            return;
        }

        await ReplaceAsync();

        if (order.Spare)
        {
            await AfterwardsAsync("what the spare shows now was not noted, so it is restored again next time", async () => _warnings.AddRange(
                await _scope.RunAlwaysAsync("note spare", () => context.CallActivityAsync<string[]>(
                    nameof(NoteSpare), new NoteSpareOrder(order.Site, order.OperationId, order.Label, Plan.RecoveryPoint), Retries.Transient))));
        }

        if (order.PrunePath is { } path)
        {
            await AfterwardsAsync("the bucket was not pruned to the end", () => _scope.RunAsync("prune", () => context.CallActivityAsync<long>(
                nameof(PruneArtifacts), new PruneOrder(order.OperationId, order.Site, path), Retries.Transient), counts: true));
        }
    }

    // What was restored is in place and serves: whatever fails from then on, or is canceled, is told and takes nothing of that back.
    private async Task AfterwardsAsync(string problem, Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (Exception exception) when (exception is TaskFailedException or FaultException)
        {
            var fault = RestoreFaults.OfStep(exception);
            context.CreateReplaySafeLogger(nameof(RestoreOrchestrator)).LeftUndone(order.OperationId, problem, fault.What);
            _warnings.Add($"{problem}: {fault.Brief}");
        }
    }

    /// <summary>What was done.</summary>
    public RestoreReceipt Receipt() => new(
        order.Label, order.SourceSite, order.Site, order.Mode, Plan, _databases, _artifacts, _written, _keys, _previous, Plan.RecoveryPoint,
        Math.Round(((_upAt ?? context.CurrentUtcDateTime) - _begunAt).TotalSeconds, 3), Math.Round(_downSeconds, 3), [.. Plan.Warnings, .. _warnings, .. _databases.SelectMany(database => database.NotCarriedOver ?? [])]);

    /// <summary>Removes what only the run needed. A plan's list of what to prune stays.</summary>
    public Task CleanUpAsync(FaultException? failure)
    {
        // Where nobody could tell which databases are live, their names are what the operator judges by: the next restore drops what is left.
        IReadOnlyList<string> databases = failure is null || _plan is null || _namesAreUnknown ? [] : [.. Plan.Databases.Select(database => database.Restoring)];
        return AfterwardsAsync(
            "not all that only this run needed was removed", () => _scope.RunAlwaysAsync("clean up", () => context.CallActivityAsync<bool>(
                nameof(CleanUpRestore),
                new CleanUpOrder(order.OperationId, order.Site, databases) { Reads = order.ReadsOtherSite ? new SetRead(order.SourceSite, order.Label) : null },
                Retries.Transient)));
    }

    private IEnumerable<Task<RestoredDatabase>> BeginDatabases() => Plan.Databases.Select(database =>
        context.CallActivityAsync<RestoredDatabase>(
            nameof(RestoreDatabase),
            new RestoreDatabaseOrder(order.OperationId, order.Site, order.SourceSite, order.Label, database.Name, database.Restoring, database.Owner)
            {
                InPlaceOf = order.Mode == RestoreMode.Replace ? database.Target : null,
            },
            Retries.Transient));

    private async Task CheckKeysAsync()
    {
        _keys = await _scope.RunAsync("key coverage", () => context.CallActivityAsync<KeyVerdict[]>(
            nameof(CheckKeys), new CheckKeysOrder(order, [.. Plan.Databases.Select(database => database.Restoring)], Plan.Parts.Contains(RestorePart.Keys)), Retries.Transient));
        List<string> lost = [.. _keys.Where(key => key.IsBad).Select(key => key.ToString())];
        AcceptOrThrow(lost, () => RestoreFaults.KeysLost(lost));
    }

    private Task<bool> CreateBucketAsync() =>
        _scope.RunAsync("bucket", () => context.CallActivityAsync<bool>(nameof(CreateBucket), order, Retries.Transient));

    private Task<CopyReceipt> CopyArtifactsAsync() => context.RunInstanceAsync<CopyReceipt>(
        nameof(CopyArtifactsOrchestrator),
        new CopyAllOrder(order.OperationId, order.Site, order.SourceSite, order.Prefix, order.Window, Plan.Artifacts ?? throw new System.Diagnostics.UnreachableException()),
        $"{order.OperationId}:artifacts");

    private void AcceptLostArtifactsOrThrow()
    {
        if (_artifacts is { Lost: > 0, FirstLost: { } first })
        {
            AcceptOrThrow([$"{_artifacts.Lost} artifacts of the set are lost: {string.Join("; ", first)}"], () => RestoreFaults.ArtifactsLost(_artifacts.Lost, first));
        }
    }

    private SwapOrder Swap => new(
        order.OperationId, order.Site, order.Label, order.Force,
        [
            .. Plan.Databases.Select(database => new SwapPair(database.Target, database.Restoring, database.Before)
            {
                UnlessWrittenAfter = !order.Spare ? null : database.NewestWrite > Plan.RecoveryPoint ? database.NewestWrite : Plan.RecoveryPoint,
            }),
        ]);

    private ApiOrder Api => new(order.OperationId, order.Site);

    private async Task ReplaceAsync()
    {
        var stoppedAt = context.CurrentUtcDateTime;
        try
        {
            if (Plan.StopsApi)
            {
                await _scope.RunAsync("stop API", () => context.CallActivityAsync<StopReceipt>(nameof(StopApi), Api, Retries.Quiesced));
            }

            if (Plan.Parts.Contains(RestorePart.Keys))
            {
                _keysMayHaveChanged = true;
                _written = await _scope.RunAsync("keys and configuration", () => context.CallActivityAsync<KeysReceipt>(nameof(WriteKeys), order, Retries.Quiesced));
            }

            if (Plan.Databases.Count > 0)
            {
                _namesMayHaveChanged = true;
                await SwapAsync();
                _downSeconds = Plan.StopsApi ? (context.CurrentUtcDateTime - stoppedAt).TotalSeconds : 0;
            }

            _upAt = context.CurrentUtcDateTime;
        }
        catch (Exception exception) when (exception is TaskFailedException or FaultException)
        {
            var failure = await UndoAsync(RestoreFaults.OfStep(exception));
            await StartAgainAsync(failure);
            throw failure;
        }
    }

    private async Task SwapAsync()
    {
        _previous = await _scope.RunAlwaysAsync("swap", () => context.CallActivityAsync<string[]>(nameof(SwapDatabases), Swap, Retries.Quiesced));
        _isSwapped = true;
        await ServicesAsync(ServicesStage.BeforeApi);
        if (Plan.StartsApi)
        {
            await _scope.RunAlwaysAsync("start API", () => context.CallActivityAsync<StartReceipt>(nameof(StartApi), Api, Retries.Quiesced));
        }

        await ServicesAsync(ServicesStage.AfterApi);
    }

    private async Task ServicesAsync(ServicesStage stage) => _warnings.AddRange(await _scope.RunAlwaysAsync("services", () => context.CallActivityAsync<string[]>(
        nameof(RestartServices), new ServicesOrder(order.OperationId, order.Site, stage), Retries.Quiesced)));

    private async Task<FaultException> UndoAsync(FaultException failure)
    {
        if (_namesMayHaveChanged && await UndoSwapAsync(failure) is { } stays)
        {
            // The keys belong to the restored database, which may be in place.
            return stays;
        }

        if (_keysMayHaveChanged)
        {
            try
            {
                await _scope.RunAlwaysAsync("undo", () => context.CallActivityAsync<bool>(nameof(UndoKeys), order, Retries.Transient));
            }
            catch (TaskFailedException exception)
            {
                return RestoreFaults.KeysStay(order.Site, FaultText.Of(exception), failure);
            }
        }

        return _isSwapped ? RestoreFaults.SwapUndone(order.Site, failure.Message, Plan.Databases.Any(database => database.Before is not null)) : failure;
    }

    /// <summary>Null when the former databases are in their place.</summary>
    private async Task<FaultException?> UndoSwapAsync(FaultException failure)
    {
        try
        {
            if (_isSwapped && Plan.StartsApi)
            {
                // It may be half up, on the restored database. One that was down before stays so, like everything else.
                await _scope.RunAlwaysAsync("stop API", () => context.CallActivityAsync<StopReceipt>(
                    nameof(StopApi), Api with { StaysDown = !Plan.StopsApi }, Retries.Quiesced));
            }

            await _scope.RunAlwaysAsync("undo", () => context.CallActivityAsync<bool>(nameof(UndoSwap), Swap, Retries.Persistent));
            await ServicesAsync(ServicesStage.BeforeApi);
            return null;
        }
        catch (TaskFailedException exception)
        {
            // A swap that failed may have come to pass all the same, and so may an undo: what to do next depends on which names there are.
            var state = await LookAsync();
            _namesAreUnknown = state == SwapState.Unknown;
            return state == SwapState.Former ? null : RestoreFaults.UndoFailed(order.Site, FaultText.Of(exception), failure, state, Plan.Databases);
        }
    }

    private async Task<SwapState> LookAsync()
    {
        try
        {
            return await _scope.RunAlwaysAsync("look", () => context.CallActivityAsync<SwapState>(nameof(LookAtSwap), Swap, Retries.Brief));
        }
        catch (TaskFailedException)
        {
            return SwapState.Unknown;
        }
    }

    private async Task StartAgainAsync(FaultException failure)
    {
        if (!Plan.StopsApi)
        {
            return;
        }

        try
        {
            // One that failed before may fail for good: it is told to start, and the operator why the restore failed.
            var retries = Plan.ApiFails ? Retries.Quiesced : Retries.Persistent;
            await _scope.RunAlwaysAsync("start API", () => context.CallActivityAsync<StartReceipt>(nameof(StartApi), Api, retries));
        }
        catch (TaskFailedException exception)
        {
            throw RestoreFaults.ApiLeftDown(order.Site, FaultText.Of(exception), failure);
        }
    }

    private void AcceptOrThrow(List<string> losses, Func<FaultException> fault)
    {
        if (losses.Count > 0 && !order.AcceptLosses && order.Mode == RestoreMode.Replace)
        {
            throw fault();
        }

        _warnings.AddRange(losses.Select(loss => $"LOST: {loss}"));
    }
}
