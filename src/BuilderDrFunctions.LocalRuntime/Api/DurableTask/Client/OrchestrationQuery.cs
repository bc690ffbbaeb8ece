namespace Microsoft.DurableTask.Client;

/// <summary>Which instances to list; null means any.</summary>
public record OrchestrationQuery(
    DateTimeOffset? CreatedFrom = null, DateTimeOffset? CreatedTo = null, IEnumerable<OrchestrationRuntimeStatus>? Statuses = null,
    IEnumerable<string>? TaskHubNames = null, string? InstanceIdPrefix = null, int PageSize = OrchestrationQuery.DefaultPageSize,
    bool FetchInputsAndOutputs = false, string? ContinuationToken = null)
{
    public const int DefaultPageSize = 100;
}

/// <summary>Which terminal instances to purge; null means any.</summary>
public record PurgeInstancesFilter(
    DateTimeOffset? CreatedFrom = null, DateTimeOffset? CreatedTo = null, IEnumerable<OrchestrationRuntimeStatus>? Statuses = null);

/// <summary>Whether the sub-orchestrations go too.</summary>
public record PurgeInstanceOptions(bool Recursive = false);

/// <summary>What a terminated instance leaves as output, and whether its sub-orchestrations end too.</summary>
public record TerminateInstanceOptions(object? Output = null, bool Recursive = false);

/// <summary>How many instances were purged.</summary>
public class PurgeResult(int count)
{
    public int PurgedInstanceCount { get; } = count;
}
