using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>Spans and durations under the names of the cloud's SDKs, and the exporter when one is configured.</summary>
internal static class Telemetry
{
    private const string WorkerName = "Microsoft.Azure.Functions.Worker";
    private const string DurableName = "Microsoft.DurableTask";

    private static readonly ActivitySource Worker = new(WorkerName);
    private static readonly ActivitySource Durable = new(DurableName);
    private static readonly Meter Meter = new(DurableName);
    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("durabletask.task.duration", "s", "From an orchestration's start, or an activity run's, to its end");

    /// <summary>The span of a function that HTTP or a timer started.</summary>
    public static Activity? StartInvocation(Invocation invocation)
    {
        var isHttp = invocation.Trigger is HttpContext;
        return Worker.StartActivity($"function {invocation.Function.Name}", isHttp ? ActivityKind.Server : ActivityKind.Internal, RequestOf(Activity.Current))?
            .SetTag("faas.name", invocation.Function.Name)
            .SetTag("faas.trigger", isHttp ? "http" : "timer")
            .SetTag("faas.invocation_id", invocation.InvocationId);
    }

    /// <summary>The request that is served, as a parent. Nobody exports its own span, which must not keep the function's from being exported; what the caller wants counts.</summary>
    private static ActivityContext RequestOf(Activity? request) => request is { ParentId: null }
        ? new ActivityContext(request.TraceId, request.SpanId, ActivityTraceFlags.Recorded, request.TraceStateString, isRemote: true)
        : default;

    public static async Task<object?> TraceActivityAsync(ActivityCall call, Func<Task<object?>> run)
    {
        using var span = Durable.StartActivity($"activity:{call.Name}", ActivityKind.Server, ParentOf(call.InstanceId));
        span?.SetTag("durabletask.task.task_id", call.TaskId);
        var began = Stopwatch.GetTimestamp();
        Exception? failure = null;
        try
        {
            return await run();
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            Record(span, "activity", call.Name, call.InstanceId, failure, Stopwatch.GetElapsedTime(began));
        }
    }

    /// <summary>An orchestration runs in many short turns, so its span is written when the last one ends.</summary>
    public static void OrchestrationEnded(string name, string instanceId, DateTime began, DateTime ended, Exception? failure)
    {
        using var span = Durable.StartActivity($"orchestration:{name}", ActivityKind.Server, ParentOf(instanceId), startTime: new DateTimeOffset(began, TimeSpan.Zero));
        Record(span, "orchestration", name, instanceId, failure, ended - began);
    }

    /// <summary>Exports by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set; the exporter reads the other OTEL settings itself.</summary>
    public static void AddExporter(IServiceCollection services, IConfiguration settings)
    {
        if (settings["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
        {
            services.AddOpenTelemetry()
                .ConfigureResource(resource => resource.AddService(settings["OTEL_SERVICE_NAME"] ?? AppDomain.CurrentDomain.FriendlyName))
                .WithTracing(tracing => tracing.AddSource(WorkerName, DurableName).AddOtlpExporter())
                .WithMetrics(metrics => metrics
                    .AddMeter(DurableName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                    .AddOtlpExporter());
        }
    }

    /// <summary>All spans of an instance share a trace, before and after a restart, because the trace's id is made from the instance's.</summary>
    private static ActivityContext ParentOf(string instanceId)
    {
        if (!Durable.HasListeners())
        {
            return default;
        }

        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(instanceId));
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(digest.AsSpan(0, 16)), ActivitySpanId.CreateFromBytes(digest.AsSpan(16, 8)), ActivityTraceFlags.Recorded, isRemote: true);
    }

    private static void Record(Activity? span, string type, string name, string instanceId, Exception? failure, TimeSpan duration)
    {
        var tags = new TagList
        {
            { "durabletask.type", type },
            { "durabletask.task.name", name },
            { "durabletask.task.status", failure is null ? "Completed" : "Failed" },
        };
        Duration.Record(duration.TotalSeconds, tags);
        span?.SetTag("durabletask.task.instance_id", instanceId);
        foreach (var (key, value) in span is null ? default : tags)
        {
            span!.SetTag(key, value);
        }

        if (failure is not null)
        {
            span?.SetStatus(ActivityStatusCode.Error, failure.GetType().FullName);
        }
    }
}
