using System.Net;
using System.Runtime.Versioning;
using BuilderDrFunctions.LocalRuntime.Tests.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BuilderDrFunctions.LocalRuntime.Tests.Hosting;

/// <summary>Sections 4 and 6 of the contract: middleware, scopes, cancellation, state folder, stopping.</summary>
public sealed class HostTests
{
    [Fact]
    public async Task Middleware_runs_around_every_kind_of_function_in_the_order_it_was_added()
    {
        var trail = new Trail();
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], builder =>
        {
            builder.Services.AddSingleton(trail);
            builder.UseMiddleware<Outer>();
            builder.UseMiddleware(async (context, next) =>
            {
                trail.Add($"inner {context.FunctionDefinition.Name}");
                await next();
            });
        });
        using var reply = await runtime.GetAsync("/api/Anonymous");
        Assert.Equal("outer Anonymous, inner Anonymous, outer Anonymous done", trail.ToString());
        using var start = await runtime.PostAsync("/runtime/webhooks/durabletask/orchestrators/Greet?timeout=30", runtime.DurableKey, "\"Ada\"");
        Assert.Equal(HttpStatusCode.OK, start.StatusCode);
        Assert.Contains("inner Greet", trail.ToString(), StringComparison.Ordinal);
        Assert.Contains("inner SayHello", trail.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Middleware_can_answer_in_the_functions_place_and_see_its_bindings()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], builder => builder.UseMiddleware((context, next) =>
        {
            var id = context.GetHttpContext()!.Request.RouteValues["id"];
            context.GetInvocationResult().Value = Results.Text($"{context.FunctionDefinition.InputBindings["request"].Type} {id} for {next.Method.ReturnType.Name}");
            return Task.CompletedTask;
        }));
        using var reply = await runtime.GetAsync("/api/backups/7");
        Assert.Equal("httpTrigger 7 for Task", await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Every_invocation_has_a_scope_of_its_own()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(Scoped)], builder => builder.Services.AddScoped<Visit>());
        using var first = await runtime.GetAsync("/api/Visit");
        using var second = await runtime.GetAsync("/api/Visit");
        var seen = await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.False(string.Equals(seen, await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_the_invocation()
    {
        var gate = new Gate();
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(Slow)], builder => builder.Services.AddSingleton(gate));
        using var leave = new CancellationTokenSource();
        async Task LeaveAsync()
        {
            await gate.Entered.TakeAsync();
            await leave.CancelAsync();
        }

        await Task.WhenAll(LeaveAsync(), Assert.ThrowsAnyAsync<OperationCanceledException>(() => runtime.Http.GetAsync("/api/Slow", leave.Token)));
        await gate.Cancelled.TakeAsync();
    }

    [Fact]
    public async Task A_request_under_way_is_answered_before_the_host_stops()
    {
        var gate = new Gate();
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(Slow)], builder => builder.Services.AddSingleton(gate));
        var request = runtime.GetAsync("/api/Slow");
        await gate.Entered.TakeAsync();
        var stopped = runtime.StopAsync();
        await runtime.Log.UntilAsync("Stopping: requests");
        gate.Leave.Release();
        using var reply = await request;
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        await stopped;
    }

    [Fact]
    public async Task A_management_request_that_waits_for_an_orchestration_is_answered_when_the_host_stops_and_takes_no_activity_its_drain()
    {
        var gate = new Gate();
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SlowActivity)], builder => builder.Services.AddSingleton(gate));
        var waiting = runtime.PostAsync("/runtime/webhooks/durabletask/orchestrators/CallsSlow/one?timeout=600", runtime.DurableKey);
        await gate.Entered.TakeAsync();
        var stopped = runtime.StopAsync();
        using var reply = await waiting;
        gate.Leave.Release();
        await stopped;
        Assert.Equal((HttpStatusCode.Accepted, 0), (reply.StatusCode, gate.Cancelled.CurrentCount));
    }

    [Fact]
    public async Task A_key_that_could_not_be_removed_from_the_disk_can_be_removed_later()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var made = await runtime.PostAsync("/admin/host/keys/leaked", runtime.MasterKey);
        var key = (string?)(await RuntimeUnderTest.ReadJsonAsync(made))["value"];

        // Nothing can be written beside keys.json, as on a disk that became read-only.
        var draft = Directory.CreateDirectory(Path.Combine(runtime.StateFolder, "keys.json.new"));
        using var failed = await runtime.SendAsync(HttpMethod.Delete, "/admin/host/keys/leaked", runtime.MasterKey);
        using var master = await runtime.PostAsync("/admin/host/keys/_master", runtime.MasterKey);
        using var still = await runtime.GetAsync("/api/Guarded", key);
        draft.Delete();
        using var removed = await runtime.SendAsync(HttpMethod.Delete, "/admin/host/keys/leaked", runtime.MasterKey);
        using var gone = await runtime.GetAsync("/api/Guarded", key);

        Assert.Equal((HttpStatusCode.InternalServerError, HttpStatusCode.InternalServerError, HttpStatusCode.OK), (failed.StatusCode, master.StatusCode, still.StatusCode));
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Unauthorized), (removed.StatusCode, gone.StatusCode));
    }

    [Fact]
    public async Task A_request_that_outlasts_the_drain_is_cancelled_and_answered_503()
    {
        var gate = new Gate();
        await using var runtime = await RuntimeUnderTest.StartAsync(
            [typeof(Slow)], builder => builder.Services.AddSingleton(gate), settings: new Dictionary<string, string>(StringComparer.Ordinal) { ["LocalRuntime:DrainTimeout"] = "00:00:00.2" });
        var request = runtime.GetAsync("/api/Slow");
        await gate.Entered.TakeAsync();
        await runtime.StopAsync();
        using var reply = await request;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
    }

    [Fact]
    public async Task A_function_past_its_time_limit_is_cancelled_and_answered_503()
    {
        var gate = new Gate();
        await using var runtime = await RuntimeUnderTest.StartAsync(
            [typeof(Slow)], builder => builder.Services.AddSingleton(gate), settings: new Dictionary<string, string>(StringComparer.Ordinal) { ["AzureFunctionsJobHost:functionTimeout"] = "00:00:00.2" });
        using var reply = await runtime.GetAsync("/api/Slow");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
    }

    [Fact]
    public async Task A_restart_keeps_keys_and_orchestrations()
    {
        using var state = new StateFolder();
        string key;
        await using (var first = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], stateFolder: state.Path))
        {
            key = first.DurableKey;
            using var start = await first.PostAsync("/runtime/webhooks/durabletask/orchestrators/WaitForGo/one", key);
        }

        await using var second = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], stateFolder: state.Path);
        Assert.Equal(key, second.DurableKey);
        using var raised = await second.PostAsync("/runtime/webhooks/durabletask/instances/one/raiseEvent/Go", key, "1");
        Assert.Equal(HttpStatusCode.Accepted, raised.StatusCode);
    }

    [Fact]
    public async Task A_second_process_on_one_state_folder_is_refused()
    {
        await using var first = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], stateFolder: first.StateFolder));
        Assert.Contains(Path.Combine(first.StateFolder, "state.db"), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Keys_are_for_their_owner_alone_even_after_somebody_opened_them()
    {
        using var state = new StateFolder();
        var file = Path.Combine(state.Path, "keys.json");
        await using (await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], stateFolder: state.Path))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        await using (var second = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], stateFolder: state.Path))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            using var rotated = await second.PostAsync("/admin/host/keys/extra", second.MasterKey);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task A_rotated_master_key_counts_at_once()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var rotated = await runtime.PostAsync("/admin/host/keys/_master", runtime.MasterKey);
        using var old = await runtime.GetAsync("/admin/host/status", runtime.MasterKey);
        using var changed = await runtime.GetAsync("/admin/host/status", (string?)(await RuntimeUnderTest.ReadJsonAsync(rotated))["value"]);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (old.StatusCode, changed.StatusCode));
    }

    [Fact]
    public async Task A_disabled_function_is_404_except_for_the_master_key_and_cannot_be_started()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], settings: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AzureWebJobs.Guarded.Disabled"] = "true",
            ["AzureWebJobs:Greet:Disabled"] = "1",
        });
        using var closed = await runtime.GetAsync("/api/Guarded", runtime.HostKey);
        using var open = await runtime.GetAsync("/api/Guarded", runtime.MasterKey);
        using var start = await runtime.PostAsync("/runtime/webhooks/durabletask/orchestrators/Greet", runtime.DurableKey);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.BadRequest), (closed.StatusCode, open.StatusCode, start.StatusCode));
    }

    [Fact]
    public async Task The_route_prefix_can_be_set_and_can_be_empty()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync(
            [typeof(SampleFunctions)], settings: new Dictionary<string, string>(StringComparer.Ordinal) { ["AzureFunctionsJobHost:extensions:http:routePrefix"] = "" });
        using var reply = await runtime.GetAsync("/backups/7");
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    private sealed class Trail
    {
        private readonly List<string> steps = [];

        public void Add(string step)
        {
            lock (steps)
            {
                steps.Add(step);
            }
        }

        public override string ToString()
        {
            lock (steps)
            {
                return string.Join(", ", steps);
            }
        }
    }

    private sealed class Outer(Trail trail) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            trail.Add($"outer {context.FunctionDefinition.Name}");
            await next(context);
            trail.Add($"outer {context.FunctionDefinition.Name} done");
        }
    }

    private sealed class Visit
    {
        public Guid Id { get; } = Guid.NewGuid();
    }

    private sealed class Scoped(Visit visit)
    {
        [Function("Visit")]
        public IResult Visit([HttpTrigger("get")] HttpRequest request) =>
            Results.Text($"{visit.Id} {ReferenceEquals(visit, request.HttpContext.RequestServices.GetService<Visit>())}");
    }

    private sealed class Gate
    {
        public SemaphoreSlim Entered { get; } = new(0);

        public SemaphoreSlim Leave { get; } = new(0);

        public SemaphoreSlim Cancelled { get; } = new(0);

        public async Task PassAsync(CancellationToken cancellationToken)
        {
            Entered.Release();
            try
            {
                await Leave.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                Cancelled.Release();
                throw;
            }
        }
    }

    private sealed class SlowActivity(Gate gate)
    {
        [Function("CallsSlow")]
        public static Task CallAsync([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync("SlowActivity");

        [Function("SlowActivity")]
        public Task RunAsync([ActivityTrigger] string? input, CancellationToken cancellationToken) => gate.PassAsync(cancellationToken);
    }

    private sealed class Slow(Gate gate)
    {
        [Function("Slow")]
        public async Task<IResult> RunAsync([HttpTrigger("get")] HttpRequest request, CancellationToken cancellationToken)
        {
            await gate.PassAsync(cancellationToken);

            return Results.Text(request.Method);
        }
    }
}
