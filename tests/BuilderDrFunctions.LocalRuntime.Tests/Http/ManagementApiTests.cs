using System.Globalization;
using System.Text.Json.Nodes;
using BuilderDrFunctions.LocalRuntime.Tests.Hosting;

namespace BuilderDrFunctions.LocalRuntime.Tests.Http;

/// <summary>Section 5 of the contract: the durable management API.</summary>
[Collection(SharedHost.Name)]
public sealed class ManagementApiTests(ConformanceHost host)
{
    [Fact]
    public async Task It_needs_the_extensions_key_or_the_master_key()
    {
        const string path = "/runtime/webhooks/durabletask/instances";
        Assert.Equal(401, (await host.SendAsync("GET", path)).Status);
        Assert.Equal(401, (await host.SendAsync("GET", path, "wrong")).Status);
        Assert.Equal(403, (await host.SendAsync("GET", path, host.HostKey)).Status);
        Assert.Equal(200, (await host.SendAsync("GET", path, host.DurableKey)).Status);
        Assert.Equal(200, (await host.SendAsync("GET", path, host.MasterKey)).Status);
        Assert.Equal(200, (await host.SendAsync("GET", $"{path}?code={host.DurableKey}")).Status);
    }

    [Theory]
    [InlineData("PATCH", "/instances")]
    [InlineData("PUT", "/orchestrators/Greet")]
    [InlineData("GET", "/orchestrators/Greet")]
    [InlineData("POST", "/instances/x/unknown")]
    [InlineData("GET", "/nothing")]
    public async Task An_unknown_route_or_method_is_404(string method, string path) => Assert.Equal(404, (await host.ManageAsync(method, path)).Status);

    [Fact]
    public async Task A_start_answers_with_the_addresses_of_the_instance()
    {
        var id = ConformanceHost.NewId();
        var reply = await host.ManageAsync("POST", $"/orchestrators/Greet/{id}", "\"Ada\"");
        Assert.Equal(202, reply.Status);
        var payload = reply.Json.AsObject();
        Assert.Equal(id, (string?)payload["id"]);
        Assert.Equal(
            "id purgeHistoryDeleteUri restartPostUri resumePostUri sendEventPostUri statusQueryGetUri suspendPostUri terminatePostUri",
            Names(payload));
        Assert.Equal((string?)payload["statusQueryGetUri"], reply.Header("Location"));
        Assert.Equal("10", reply.Header("Retry-After"));
        Assert.Contains($"/runtime/webhooks/durabletask/instances/{id}/raiseEvent/{{eventName}}?", (string?)payload["sendEventPostUri"], StringComparison.Ordinal);
        Assert.Contains("/terminate?reason={text}&", (string?)payload["terminatePostUri"], StringComparison.Ordinal);
        foreach (var part in new[] { "taskHub=", "connection=", "code=" })
        {
            Assert.Contains(part, (string?)payload["statusQueryGetUri"], StringComparison.Ordinal);
        }

        Assert.Equal(200, (await PollAsync((string)payload["statusQueryGetUri"]!)).Status);
    }

    [Fact]
    public async Task A_start_without_an_id_makes_one()
    {
        var reply = await host.ManageAsync("POST", "/orchestrators/Greet", "\"Ada\"");
        Assert.True(Guid.TryParseExact((string?)reply.Json["id"], "N", out _));
    }

    [Fact]
    public async Task A_start_without_a_body_has_no_input()
    {
        var id = await host.StartAsync("Greet");
        Assert.Null((await host.UntilAsync(id, "Completed"))["input"]);
    }

    [Fact]
    public async Task A_start_that_waits_answers_with_the_output()
    {
        var id = ConformanceHost.NewId();
        var reply = await host.ManageAsync("POST", $"/orchestrators/Greet/{id}?timeout=30&pollingInterval=0.1", "\"Ada\"");
        Assert.Equal((200, $"\"Hello Ada from {id} by SayHello\""), (reply.Status, reply.Body));
    }

    [Fact]
    public async Task A_start_that_waits_in_vain_answers_with_the_addresses()
    {
        var reply = await host.ManageAsync("POST", "/orchestrators/WaitForGo?timeout=0.3&pollingInterval=0.1");
        Assert.Equal(202, reply.Status);
        Assert.NotNull(reply.Json["statusQueryGetUri"]);
    }

    [Fact]
    public async Task A_start_that_waits_for_a_failure_answers_with_the_status()
    {
        var reply = await host.ManageAsync("POST", "/orchestrators/Fail?timeout=30&pollingInterval=0.1");
        Assert.Equal((200, "Failed"), (reply.Status, (string?)reply.Json["runtimeStatus"]));
        var flagged = await host.ManageAsync("POST", "/orchestrators/Fail?timeout=30&pollingInterval=0.1&returnInternalServerErrorOnFailure=true");
        Assert.Equal((500, "Failed"), (flagged.Status, (string?)flagged.Json["runtimeStatus"]));
    }

    [Fact]
    public async Task A_polling_interval_longer_than_the_timeout_is_400() =>
        Assert.Equal(400, (await host.ManageAsync("POST", "/orchestrators/Greet?timeout=1&pollingInterval=2", "\"Ada\"")).Status);

    [Fact]
    public async Task A_live_id_is_409_and_an_ended_one_is_replaced()
    {
        var id = await host.StartAsync("WaitForGo");
        Assert.Equal(409, (await host.ManageAsync("POST", $"/orchestrators/WaitForGo/{id}")).Status);
        Assert.Equal(202, (await host.ManageAsync("POST", $"/instances/{id}/terminate?reason=x")).Status);
        await host.UntilAsync(id, "Terminated");
        await host.StartAsync("Greet", "\"Ada\"", id);
        Assert.Equal("Greet", (string?)(await host.UntilAsync(id, "Completed"))["name"]);
    }

    [Fact]
    public async Task Status_is_202_while_it_runs_and_says_where_to_look_again()
    {
        var id = await host.StartAsync("WaitForGo");
        var reply = await host.ManageAsync("GET", $"/instances/{id}");
        Assert.Equal((202, "5"), (reply.Status, reply.Header("Retry-After")));
        Assert.EndsWith($"/instances/{id}", reply.Header("Location"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_shows_the_documented_fields()
    {
        var id = await host.StartAsync("Greet", """ "Ada" """);
        var shown = await host.UntilAsync(id, "Completed");
        Assert.Equal(
            "createdTime customStatus input instanceId lastUpdatedTime name output runtimeStatus",
            Names(shown));
        Assert.Equal(("Greet", id, "Ada", $"Hello Ada from {id} by SayHello"), ((string?)shown["name"], (string?)shown["instanceId"], (string?)shown["input"], (string?)shown["output"]));
        Assert.True(DateTime.TryParseExact((string?)shown["createdTime"], "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out _));
    }

    [Fact]
    public async Task Status_embeds_JSON_as_JSON_and_can_leave_the_input_out()
    {
        var id = await host.StartAsync("WaitForGo", """{"deep":[1,2]}""");
        var shown = await Patience.UntilAsync(
            async () => (await host.ManageAsync("GET", $"/instances/{id}")).Json is var instance && instance["customStatus"] is not null ? instance : null, "a custom status");
        Assert.Equal(2, (int?)shown["input"]!["deep"]![1]);
        Assert.Equal("waiting", (string?)shown["customStatus"]!["Phase"]);
        Assert.Null((await host.ManageAsync("GET", $"/instances/{id}?showInput=false")).Json["input"]);
    }

    [Fact]
    public async Task Status_of_a_failure_has_the_error_as_output_and_500_when_asked_for()
    {
        var id = await host.StartAsync("Fail");
        var shown = await host.UntilAsync(id, "Failed");
        Assert.Contains($"no luck in {id}", shown["output"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(200, (await host.ManageAsync("GET", $"/instances/{id}")).Status);
        Assert.Equal(500, (await host.ManageAsync("GET", $"/instances/{id}?returnInternalServerErrorOnFailure=true")).Status);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/terminate")]
    [InlineData("POST", "/suspend")]
    [InlineData("POST", "/resume")]
    [InlineData("POST", "/rewind")]
    public async Task An_unknown_instance_is_404(string method, string action) =>
        Assert.Equal(404, (await host.ManageAsync(method, $"/instances/{ConformanceHost.NewId()}{action}")).Status);

    [Fact]
    public async Task An_event_reaches_its_instance_under_any_case_of_its_name()
    {
        var id = await host.StartAsync("WaitForGo");
        Assert.Equal((202, ""), await AskAsync("POST", $"/instances/{id}/raiseEvent/GO", "\"now\""));
        Assert.Equal("now", (string?)(await host.UntilAsync(id, "Completed"))["output"]);
    }

    [Fact]
    public async Task An_event_must_be_JSON_and_say_so()
    {
        var id = await host.StartAsync("WaitForGo");
        var plain = await host.ManageAsync("POST", $"/instances/{id}/raiseEvent/Go", "\"now\"", "text/plain");
        Assert.Equal((400, "Only application/json request content is supported"), (plain.Status, (string?)plain.Json["Message"]));
        var broken = await host.ManageAsync("POST", $"/instances/{id}/raiseEvent/Go", "{oops");
        Assert.Equal((400, "Invalid JSON content"), (broken.Status, (string?)broken.Json["Message"]));
        Assert.Equal(404, (await host.ManageAsync("POST", $"/instances/{ConformanceHost.NewId()}/raiseEvent/Go", "1")).Status);
    }

    [Theory]
    [InlineData("/terminate")]
    [InlineData("/suspend")]
    [InlineData("/resume")]
    [InlineData("/raiseEvent/Go")]
    public async Task An_ended_instance_is_410(string action)
    {
        var id = await host.StartAsync("Greet", "\"Ada\"");
        await host.UntilAsync(id, "Completed");
        Assert.Equal(410, (await host.ManageAsync("POST", $"/instances/{id}{action}", "1")).Status);
    }

    [Fact]
    public async Task Terminate_ends_an_instance_with_the_reason_as_output()
    {
        var id = await host.StartAsync("WaitForGo");
        Assert.Equal((202, ""), await AskAsync("POST", $"/instances/{id}/terminate?reason=enough"));
        Assert.Equal("enough", (string?)(await host.UntilAsync(id, "Terminated"))["output"]);
    }

    [Fact]
    public async Task A_suspended_instance_waits_until_it_is_resumed_and_neither_can_be_said_twice()
    {
        var id = await host.StartAsync("WaitForGo");
        await host.UntilAsync(id, "Running");
        Assert.Equal(500, (await host.ManageAsync("POST", $"/instances/{id}/resume")).Status);
        Assert.Equal(202, (await host.ManageAsync("POST", $"/instances/{id}/suspend?reason=pause")).Status);
        await host.UntilAsync(id, "Suspended");
        Assert.Equal(500, (await host.ManageAsync("POST", $"/instances/{id}/suspend")).Status);
        Assert.Equal(202, (await host.ManageAsync("POST", $"/instances/{id}/raiseEvent/Go", "\"buffered\"")).Status);
        Assert.Equal(202, (await host.ManageAsync("POST", $"/instances/{id}/resume")).Status);
        Assert.Equal("buffered", (string?)(await host.UntilAsync(id, "Completed"))["output"]);
    }

    [Fact]
    public async Task Purge_removes_an_ended_instance_and_refuses_a_running_one()
    {
        var running = await host.StartAsync("WaitForGo");
        Assert.Equal(412, (await host.ManageAsync("DELETE", $"/instances/{running}")).Status);
        var ended = await host.StartAsync("Greet", "\"Ada\"");
        await host.UntilAsync(ended, "Completed");
        Assert.Equal((200, """{"instancesDeleted":1}"""), await AskAsync("DELETE", $"/instances/{ended}"));
        Assert.Equal(404, (await host.ManageAsync("GET", $"/instances/{ended}")).Status);
    }

    [Fact]
    public async Task Purge_by_time_needs_a_beginning_and_finds_something_or_404()
    {
        var without = await host.ManageAsync("DELETE", "/instances");
        Assert.Equal((400, "Please provide value for 'createdTimeFrom' parameter."), (without.Status, without.Json.GetValue<string>()));
        Assert.Equal(404, (await host.ManageAsync("DELETE", "/instances?createdTimeFrom=2001-01-01&createdTimeTo=2001-01-02")).Status);
    }

    [Fact]
    public async Task Rewind_is_412_unless_failed()
    {
        var id = await host.StartAsync("Greet", "\"Ada\"");
        await host.UntilAsync(id, "Completed");
        Assert.Equal(412, (await host.ManageAsync("POST", $"/instances/{id}/rewind")).Status);
    }

    [Fact]
    public async Task Restart_runs_the_same_input_again_under_a_new_id_or_the_same()
    {
        var id = await host.StartAsync("Greet", "\"Ada\"");
        await host.UntilAsync(id, "Completed");
        var anew = await host.ManageAsync("POST", $"/instances/{id}/restart");
        Assert.Equal(202, anew.Status);
        var second = (string)anew.Json["id"]!;
        Assert.False(second == id, "a restart makes a new id by default");
        Assert.Equal("Ada", (string?)(await host.UntilAsync(second, "Completed"))["input"]);
        var same = await host.ManageAsync("POST", $"/instances/{id}/restart?restartWithNewInstanceId=false");
        Assert.Equal(id, (string?)same.Json["id"]);
    }

    [Fact]
    public async Task Restart_is_400_for_an_unknown_and_409_for_a_live_instance_under_its_own_id()
    {
        Assert.Equal(400, (await host.ManageAsync("POST", $"/instances/{ConformanceHost.NewId()}/restart")).Status);
        var id = await host.StartAsync("WaitForGo");
        Assert.Equal(409, (await host.ManageAsync("POST", $"/instances/{id}/restart?restartWithNewInstanceId=false")).Status);
    }

    private static string Names(JsonObject shown) => string.Join(' ', shown.Select(property => property.Key).Order(StringComparer.Ordinal));

    private async Task<(int Status, string Body)> AskAsync(string method, string path, string? body = null)
    {
        var reply = await host.ManageAsync(method, path, body);
        return (reply.Status, reply.Body);
    }

    private async Task<Reply> PollAsync(string address)
    {
        var reply = await Patience.UntilAsync(async () => await host.SendAsync("GET", address) is { Status: not 202 } ended ? ended : null, "the end of an instance");
        Assert.IsType<JsonObject>(reply.Json);
        return reply;
    }
}
