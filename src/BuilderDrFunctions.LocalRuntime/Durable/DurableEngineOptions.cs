using Microsoft.DurableTask.Converters;

namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>What the durable engine is told by the host.</summary>
internal sealed record DurableEngineOptions
{
    /// <summary>The SQLite file that holds every orchestration; its folder must exist.</summary>
    public required string StateFile { get; init; }

    /// <summary>The task hub's name; <see cref="Microsoft.DurableTask.Client.DurableTaskClient.Name"/>.</summary>
    public string HubName { get; init; } = "TestHubName";

    public int MaxConcurrentActivities { get; init; } = 10 * Environment.ProcessorCount;

    public int MaxConcurrentOrchestrators { get; init; } = 5 * Environment.ProcessorCount;

    /// <summary>host.json functionTimeout; infinite when it is "-1".</summary>
    public TimeSpan ActivityTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Longer timers are split into several of at most this length.</summary>
    public TimeSpan MaximumTimerInterval { get; init; } = TimeSpan.FromDays(3);

    /// <summary>An orchestrator that nothing happened to for this long is forgotten and replayed when needed; zero: after each step.</summary>
    public TimeSpan KeepInMemory { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many orchestrators are kept mid-flight between steps.</summary>
    public int MaxInMemory { get; init; } = 1000;

    /// <summary>How long a stop waits for running activities before it cancels them.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public DataConverter Converter { get; init; } = JsonDataConverter.Default;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
