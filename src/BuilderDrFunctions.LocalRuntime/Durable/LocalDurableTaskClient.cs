namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>The client of this process's own engine: every answer is given once it is on disk.</summary>
internal sealed class LocalDurableTaskClient(DurableEngine engine, StateReader reader, InstanceWatch watch, DurableEngineOptions engineOptions)
    : DurableTaskClient(engineOptions.HubName)
{
    private const int PurgeBatch = 500;

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        ArgumentException.ThrowIfNullOrEmpty(orchestratorName.Name, nameof(orchestratorName));
        return await StartAsync(orchestratorName.Name, Serialize(input), options?.InstanceId ?? Guid.NewGuid().ToString("N"), cancellation);
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        var json = Serialize(eventPayload);
        return ChangeAsync(instanceId, ledger => ledger.Raise(instanceId, eventName, json), cancellation);
    }

    public override Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        var output = Serialize(options?.Output);
        return ChangeAsync(instanceId, ledger => ledger.Terminate(instanceId, output, options?.Recursive ?? false), cancellation);
    }

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        ChangeAsync(instanceId, ledger => ledger.SetSuspended(instanceId, suspended: true, reason), cancellation);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        ChangeAsync(instanceId, ledger => ledger.SetSuspended(instanceId, suspended: false, reason), cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) => WaitAsync(
            instanceId, found => found.RuntimeStatus != OrchestrationRuntimeStatus.Pending, getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, found => found.IsCompleted, getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(Find(instanceId, getInputsAndOutputs));
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        filter ??= new OrchestrationQuery();
        return Pageable.Create((token, pageSize, _) =>
        {
            var size = (pageSize ?? filter.PageSize) is > 0 and var wanted ? wanted : OrchestrationQuery.DefaultPageSize;
            var rows = reader.List(
                new InstanceFilter(
                    AfterId: token ?? filter.ContinuationToken, IdPrefix: filter.InstanceIdPrefix, CreatedFrom: filter.CreatedFrom,
                    CreatedTo: filter.CreatedTo, Statuses: filter.Statuses, Limit: size),
                filter.FetchInputsAndOutputs);
            return Task.FromResult(new Page<OrchestrationMetadata>(
                rows.ConvertAll(row => Describe(row, filter.FetchInputsAndOutputs)), rows.Count == size ? rows[^1].Identity.InstanceId : null));
        });
    }

    public override async Task<PurgeResult> PurgeInstanceAsync(
        string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var rows = reader.List(new InstanceFilter(Id: instanceId, Statuses: InstanceFilter.Ended), withData: false);
        return new PurgeResult(await PurgeAsync(rows, options?.Recursive ?? false, cancellation));
    }

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var matching = new InstanceFilter(
            CreatedFrom: filter.CreatedFrom, CreatedTo: filter.CreatedTo, Statuses: filter.Statuses?.Intersect(InstanceFilter.Ended) ?? InstanceFilter.Ended, Limit: PurgeBatch);
        for (var purged = 0; ;)
        {
            var rows = reader.List(matching, withData: false);
            purged += await PurgeAsync([.. rows], options?.Recursive ?? false, cancellation);
            if (rows.Count < PurgeBatch)
            {
                return new PurgeResult(purged);
            }

            matching = matching with { AfterId = rows[^1].Identity.InstanceId };
        }
    }

    public override async Task<string> RestartAsync(string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var row = reader.Find(instanceId, withData: true)
            ?? throw new ArgumentException($"There is no orchestration with id '{instanceId}' to restart.", nameof(instanceId));
        if (!restartWithNewInstanceId && !InstanceFilter.Ended.Contains(row.Status))
        {
            throw new InvalidOperationException(
                $"Orchestration '{instanceId}' is {row.Status} and cannot be restarted under its own id. HINT: terminate it first, or take a new id.");
        }

        var id = restartWithNewInstanceId ? Guid.NewGuid().ToString("N") : instanceId;
        return await StartAsync(row.Identity.Name, row.Input, id, cancellation);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string? Serialize(object? value) => engineOptions.Converter.Serialize(value);

    private async Task<string> StartAsync(string name, string? json, string id, CancellationToken cancellation)
    {
        OrchestrationIdentity.RequireValidInstanceId(id);
        await engine.ChangeAsync(ledger => ledger.Start(new OrchestrationIdentity(id, name, ParentLink: null), json)).WaitAsync(cancellation);
        return id;
    }

    private async Task ChangeAsync(string instanceId, Action<OrchestrationLedger> change, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        await engine.ChangeAsync(change).WaitAsync(cancellation);
    }

    private Task<OrchestrationMetadata> WaitAsync(string instanceId, Func<OrchestrationMetadata, bool> reached, bool withData, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return watch.UntilAsync(instanceId, () => Find(instanceId, withData) is { } found && reached(found) ? found : null, cancellation);
    }

    private OrchestrationMetadata? Find(string instanceId, bool withData) => reader.Find(instanceId, withData) is { } row ? Describe(row, withData) : null;

    private OrchestrationMetadata Describe(InstanceRow row, bool withData) => new(row.Identity.Name, row.Identity.InstanceId)
    {
        DataConverter = withData ? engineOptions.Converter : null,
        RuntimeStatus = row.Status,
        CreatedAt = new DateTimeOffset(row.CreatedAt),
        LastUpdatedAt = new DateTimeOffset(row.UpdatedAt),
        SerializedInput = row.Input,
        SerializedOutput = row.Output,
        SerializedCustomStatus = withData ? row.CustomStatus : null,
        FailureDetails = Failure.Parse(row.Failure)?.ToDetails(),
        ParentInstanceId = row.Identity.ParentLink?.InstanceId,
    };

    /// <summary>All at once: a child whose parent is gone already would be found by nobody.</summary>
    private async Task<int> PurgeAsync(List<InstanceRow> ended, bool recursive, CancellationToken cancellation)
    {
        for (var next = 0; recursive && next < ended.Count; next++)
        {
            ended.AddRange(reader.List(new InstanceFilter(ParentId: ended[next].Identity.InstanceId, Statuses: InstanceFilter.Ended), withData: false));
        }

        var purged = 0;
        await engine.ChangeAsync(ledger => ledger.Changes.Add(writer => purged = ended.Count(row => writer.Purge(row.Run)))).WaitAsync(cancellation);
        return purged;
    }
}

/// <summary>Text that is JSON already and must be stored as it came.</summary>
internal sealed record RawJson(string Text);
