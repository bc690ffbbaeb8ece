namespace Microsoft.DurableTask.Client;

/// <summary>Where an instance stands; the numbers are part of the contract.</summary>
public enum OrchestrationRuntimeStatus
{
    Running = 0,
    Completed = 1,
    [Obsolete("Kept for the numbering; this runtime shows an instance that started over as Running.")]
    ContinuedAsNew = 2,
    Failed = 3,
    [Obsolete("Kept for the numbering; an instance is terminated, not canceled.")]
    Canceled = 4,
    Terminated = 5,
    Pending = 6,
    Suspended = 7,
}
