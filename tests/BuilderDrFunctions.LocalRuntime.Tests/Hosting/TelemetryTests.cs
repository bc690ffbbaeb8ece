using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using BuilderDrFunctions.LocalRuntime.Tests.Http;
using OpenTelemetry.Trace;

namespace BuilderDrFunctions.LocalRuntime.Tests.Hosting;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Functions_orchestrations_and_activities_have_spans_and_those_of_an_instance_share_a_trace()
    {
        var instance = Guid.NewGuid().ToString("N");
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.DurableTask" or "Microsoft.Azure.Functions.Worker",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var reply = await runtime.PostAsync($"/runtime/webhooks/durabletask/orchestrators/Greet/{instance}?timeout=30", runtime.DurableKey, "\"Ada\"");
        using var broken = await runtime.GetAsync("/api/Broken");

        var durable = spans.Where(span => (string?)span.GetTagItem("durabletask.task.instance_id") == instance).ToList();
        Assert.Equal("activity:SayHello, orchestration:Greet", string.Join(", ", durable.Select(span => span.OperationName).Order(StringComparer.Ordinal)));
        Assert.Single(durable.DistinctBy(span => span.TraceId));
        Assert.Contains(spans, span => span is { OperationName: "function Broken", Status: ActivityStatusCode.Error });
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", false)]
    public async Task The_exporters_own_sampler_takes_the_span_of_an_HTTP_function_unless_its_caller_said_otherwise(string? traceparent, bool isTaken)
    {
        var spans = new ConcurrentQueue<Activity>();
        using var provider = OpenTelemetry.Sdk.CreateTracerProviderBuilder().AddSource("Microsoft.Azure.Functions.Worker").AddProcessor(new Kept(spans)).Build();
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        if (traceparent is not null)
        {
            runtime.Http.DefaultRequestHeaders.Add("traceparent", traceparent);
        }

        using var reply = await runtime.GetAsync("/api/backups/7");
        await runtime.StopAsync();

        Assert.Equal(isTaken, spans.Any(span => traceparent is null || span.TraceId.ToString() == "4bf92f3577b34da6a3ce929d0e0e4736"));
    }

    private sealed class Kept(ConcurrentQueue<Activity> spans) : OpenTelemetry.BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data) => spans.Enqueue(data);
    }

    [Fact]
    public async Task Durations_are_measured_by_name_and_outcome()
    {
        var seen = new ConcurrentQueue<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => ListenTo(instrument, listener) };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => seen.Enqueue(string.Join(' ', tags.ToArray().Select(tag => tag.Value))));
        listener.Start();
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var good = await runtime.PostAsync("/runtime/webhooks/durabletask/orchestrators/Greet?timeout=30", runtime.DurableKey, "\"Ada\"");
        using var bad = await runtime.PostAsync("/runtime/webhooks/durabletask/orchestrators/Fail?timeout=30", runtime.DurableKey);
        Assert.Contains(seen, line => line is "activity SayHello Completed");
        Assert.Contains(seen, line => line is "orchestration Greet Completed");
        Assert.Contains(seen, line => line is "orchestration Fail Failed");
    }

    private static void ListenTo(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name is "Microsoft.DurableTask")
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }
}
