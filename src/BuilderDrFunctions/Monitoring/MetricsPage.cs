using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace BuilderDrFunctions.Monitoring;

/// <summary>OpenTelemetry's Prometheus exporter, served by a function instead of a middleware of the host: the worker has no say in that.</summary>
public sealed class MetricsPage : IDisposable
{
    private readonly MetricsGauges _gauges = new();
    private readonly MeterProvider _provider;
    private readonly RequestDelegate _serve;

    /// <summary>Builds the exporter's own little pipeline.</summary>
    public MetricsPage(IServiceProvider services)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(MetricsGauges.MeterName)
            .AddPrometheusExporter(options => options.ScrapeResponseCacheDurationMilliseconds = 0)
            .Build();
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(_provider, static _ => true, path: null, configureBranchedPipeline: null, optionsName: null);
        _serve = pipeline.Build();
    }

    /// <summary>A page of these figures.</summary>
    public IResult Of(IReadOnlyList<Figure> figures)
    {
        _gauges.Show(figures);
        return new Page(_serve);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _provider.Dispose();
        _gauges.Dispose();
    }

    private sealed class Page(RequestDelegate serve) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => serve(httpContext);
    }
}
