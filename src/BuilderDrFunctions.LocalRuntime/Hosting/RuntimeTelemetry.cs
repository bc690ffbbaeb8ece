using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>Spans of invocations, and the exporter when one is configured.</summary>
internal static class RuntimeTelemetry
{
    private const string WorkerSource = "Microsoft.Azure.Functions.Worker";

    private static readonly ActivitySource Source = new(WorkerSource);

    public static Activity? StartInvocation(Invocation invocation, string trigger) =>
        Source.StartActivity($"function {invocation.Function.Name}", trigger is "http" ? ActivityKind.Server : ActivityKind.Internal)?
            .SetTag("faas.name", invocation.Function.Name)
            .SetTag("faas.trigger", trigger)
            .SetTag("faas.invocation_id", invocation.InvocationId);

    /// <summary>Exports by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set; the exporter reads the other OTEL settings itself.</summary>
    public static void AddExporter(IServiceCollection services, IConfiguration settings)
    {
        if (settings["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
        {
            services.AddOpenTelemetry()
                .ConfigureResource(resource => resource.AddService(settings["OTEL_SERVICE_NAME"] ?? AppDomain.CurrentDomain.FriendlyName))
                .WithTracing(tracing => tracing.AddSource(WorkerSource, DurableTelemetry.SourceName).AddOtlpExporter())
                .WithMetrics(metrics => metrics
                    .AddMeter(DurableTelemetry.SourceName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                    .AddOtlpExporter());
        }
    }
}
