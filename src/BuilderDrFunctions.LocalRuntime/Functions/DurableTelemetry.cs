using System.Diagnostics.Metrics;

namespace BuilderDrFunctions.LocalRuntime.Functions;

/// <summary>Spans and durations of orchestrations and activities, under the durable SDK's names.</summary>
internal static class DurableTelemetry
{
    public const string SourceName = "Microsoft.DurableTask";

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly Meter Meter = new(SourceName);
    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("durabletask.task.duration", "s", "From an orchestration's start, or an activity run's, to its end");

    public static async Task<object?> TraceActivityAsync(ActivityCall call, Func<Task<object?>> run)
    {
        using var span = Source.StartActivity($"activity:{call.Name}", ActivityKind.Server, ParentOf(call.InstanceId));
        Describe(span, "activity", call.Name, call.InstanceId)?.SetTag("durabletask.task.task_id", call.TaskId);
        var began = Stopwatch.GetTimestamp();
        try
        {
            var result = await run();
            Record("activity", call.Name, "Completed", Stopwatch.GetElapsedTime(began));
            return result;
        }
        catch (Exception exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, exception.GetType().FullName);
            Record("activity", call.Name, "Failed", Stopwatch.GetElapsedTime(began));
            throw;
        }
    }

    /// <summary>An orchestration runs in many short turns, so its span is written when the last one ends.</summary>
    public static void OrchestrationEnded(string name, string instanceId, DateTime began, DateTime ended, Exception? failure)
    {
        using var span = Source.StartActivity($"orchestration:{name}", ActivityKind.Server, ParentOf(instanceId), startTime: new DateTimeOffset(began, TimeSpan.Zero));
        var status = failure is null ? "Completed" : "Failed";
        Describe(span, "orchestration", name, instanceId)?.SetTag("durabletask.task.status", status);
        if (failure is not null)
        {
            span?.SetStatus(ActivityStatusCode.Error, failure.GetType().FullName);
        }

        Record("orchestration", name, status, ended - began);
    }

    /// <summary>All spans of an instance share a trace, before and after a restart, because the trace's id is made from the instance's.</summary>
    private static ActivityContext ParentOf(string instanceId)
    {
        if (!Source.HasListeners())
        {
            return default;
        }

        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(instanceId));
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(digest.AsSpan(0, 16)), ActivitySpanId.CreateFromBytes(digest.AsSpan(16, 8)), ActivityTraceFlags.Recorded, isRemote: true);
    }

    private static Activity? Describe(Activity? span, string type, string name, string instanceId) => span?
        .SetTag("durabletask.type", type)
        .SetTag("durabletask.task.name", name)
        .SetTag("durabletask.task.instance_id", instanceId);

    private static void Record(string type, string name, string status, TimeSpan duration) => Duration.Record(
        duration.TotalSeconds,
        new KeyValuePair<string, object?>("durabletask.type", type),
        new KeyValuePair<string, object?>("durabletask.task.name", name),
        new KeyValuePair<string, object?>("durabletask.task.status", status));
}
