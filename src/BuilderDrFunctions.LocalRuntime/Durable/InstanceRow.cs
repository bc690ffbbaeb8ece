namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>One row of the instances table; input and output only when they were asked for.</summary>
internal sealed record InstanceRow(
    long Run, OrchestrationIdentity Identity, OrchestrationRuntimeStatus Status, DateTime CreatedAt, DateTime UpdatedAt,
    string? Failure, string? CustomStatus, string? Input, string? Output);

/// <summary>Which rows to read; null means any. Ids are in order, so the last one read continues a listing.</summary>
internal sealed record InstanceFilter(
    string? Id = null, string? ParentId = null, string? AfterId = null, string? IdPrefix = null,
    DateTimeOffset? CreatedFrom = null, DateTimeOffset? CreatedTo = null, IEnumerable<OrchestrationRuntimeStatus>? Statuses = null, int Limit = -1);
