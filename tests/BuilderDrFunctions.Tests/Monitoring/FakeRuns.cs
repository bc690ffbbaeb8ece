using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;

namespace BuilderDrFunctions.Tests.Monitoring;

/// <summary>A durable store that holds what a test puts into it.</summary>
internal sealed class FakeRuns() : DurableTaskClient("fake")
{
    private readonly Dictionary<string, OrchestrationMetadata> _instances = new(StringComparer.Ordinal);

    /// <summary>Orchestrations that were started, by id.</summary>
    public Dictionary<string, object?> Started { get; } = new(StringComparer.Ordinal);

    /// <summary>The events that were raised, by name.</summary>
    public ConcurrentBag<string> Raised { get; } = [];

    /// <summary>Puts a run in, or changes one.</summary>
    public void Put(string id, DateTimeOffset at, OrchestrationRuntimeStatus status, object? output = null, string? error = null, object? input = null) =>
        _instances[id] = new OrchestrationMetadata("run", id)
        {
            RuntimeStatus = status,
            CreatedAt = at,
            LastUpdatedAt = at,
            DataConverter = JsonDataConverter.Default,
            SerializedInput = input is null ? null : JsonSerializer.Serialize(input),
            SerializedOutput = output is null ? null : JsonSerializer.Serialize(output),
            FailureDetails = error is null ? null : new TaskFailureDetails("fault", error, null, null, null),
        };

    /// <summary>Called with the id of an instance that is looked up; may throw.</summary>
    public Action<string> Looks { get; set; } = static _ => { };

    /// <summary>Called with the id of an instance whose end is awaited.</summary>
    public Action<string> Awaits { get; set; } = static _ => throw new NotSupportedException();

    /// <summary>Called with the id of an instance that is sent an event; may throw.</summary>
    public Action<string> Raises { get; set; } = static _ => { };

    public void Purge(string id) => _instances.Remove(id);

    public override Task<PurgeResult> PurgeAllInstancesAsync(PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        var matching = _instances.Values.Where(run =>
            run.CreatedAt >= filter.CreatedFrom && run.CreatedAt < filter.CreatedTo && filter.Statuses!.Contains(run.RuntimeStatus)).ToList();
        matching.ForEach(run => Purge(run.InstanceId));
        return Task.FromResult(new PurgeResult(matching.Count));
    }

    public override Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        Started.Add(options!.InstanceId!, input);
        return Task.FromResult(options.InstanceId!);
    }

    public override Task<OrchestrationMetadata?> GetInstancesAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        Looks(instanceId);
        return Task.FromResult(_instances.GetValueOrDefault(instanceId));
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) =>
        Pageable.Create<OrchestrationMetadata>((_, _) => Task.FromResult(
            new Page<OrchestrationMetadata>([.. _instances.Values.Where(instance => filter is null || IsWanted(instance, filter))])));

    private static bool IsWanted(OrchestrationMetadata instance, OrchestrationQuery filter) =>
        (filter.CreatedFrom is not { } from || instance.CreatedAt >= from)
        && (filter.Statuses is not { } statuses || statuses.Contains(instance.RuntimeStatus))
        && instance.InstanceId.StartsWith(filter.InstanceIdPrefix ?? "", StringComparison.Ordinal);

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        Raises(instanceId);
        Raised.Add(eventName);
        return Task.CompletedTask;
    }

    public override async Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        if (!_instances.TryGetValue(instanceId, out var found) || found.RuntimeStatus == OrchestrationRuntimeStatus.Pending)
        {
            // Nobody begins it.
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        }

        return _instances[instanceId];
    }

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        Awaits(instanceId);
        return Task.FromResult(_instances[instanceId]);
    }

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) => throw new NotSupportedException();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
