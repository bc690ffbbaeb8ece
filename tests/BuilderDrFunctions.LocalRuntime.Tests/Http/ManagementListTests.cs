using System.Text.Json.Nodes;

namespace BuilderDrFunctions.LocalRuntime.Tests.Http;

/// <summary>Sections 5 and 5.3 of the contract: lists of instances, histories.</summary>
[Collection(SharedHost.Name)]
public sealed class ManagementListTests(ConformanceHost host)
{
    [Fact]
    public async Task A_list_is_filtered_by_prefix_and_paged()
    {
        var prefix = ConformanceHost.NewId();
        foreach (var number in new[] { "1", "büro 2", "3" })
        {
            await host.StartAsync("WaitForGo", null, $"{prefix}-{number}");
        }

        var seen = new List<string>();
        string? token = null;
        do
        {
            var page = await host.ManageAsync("GET", $"/instances?instanceIdPrefix={prefix}&top=1", header: token is null ? null : $"x-ms-continuation-token:{token}");
            Assert.Equal(200, page.Status);
            seen.AddRange(page.Json.AsArray().Select(instance => (string)instance!["instanceId"]!));
            token = page.Headers.TryGetValues("x-ms-continuation-token", out var tokens) ? tokens.Single() : null;
        }
        while (!string.IsNullOrEmpty(token) && token is not "null");

        Assert.Equal($"{prefix}-1, {prefix}-3, {prefix}-büro 2", string.Join(", ", seen.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task A_list_without_instances_is_an_empty_array() =>
        Assert.Equal("[]", (await host.ManageAsync("GET", $"/instances?instanceIdPrefix={ConformanceHost.NewId()}")).Body);

    [Theory]
    [InlineData("Completed", 1)]
    [InlineData("Completed,Failed", 2)]
    [InlineData("Completed&runtimeStatus=Failed", 2)]
    [InlineData("Running", 0)]
    [InlineData("NoSuchStatus,Failed", 1)]
    [InlineData("completed", 2)]
    public async Task A_list_is_filtered_by_exact_status_names_and_unknown_ones_are_dropped(string status, int expected)
    {
        var prefix = ConformanceHost.NewId();
        await host.StartAsync("Greet", "\"Ada\"", prefix + "a");
        await host.StartAsync("Fail", null, prefix + "b");
        await host.UntilAsync(prefix + "a", "Completed");
        await host.UntilAsync(prefix + "b", "Failed");
        Assert.Equal(expected, (await host.ManageAsync("GET", $"/instances?instanceIdPrefix={prefix}&runtimeStatus={status}")).Json.AsArray().Count);
    }

    [Fact]
    public async Task A_list_is_filtered_by_time_and_a_date_that_cannot_be_read_counts_as_absent()
    {
        var id = await host.StartAsync("WaitForGo");
        Assert.Empty((await host.ManageAsync("GET", $"/instances?instanceIdPrefix={id}&createdTimeTo=2001-01-01")).Json.AsArray());
        Assert.Single((await host.ManageAsync("GET", $"/instances?instanceIdPrefix={id}&createdTimeFrom=2001-01-01T00:00:00Z")).Json.AsArray());
        Assert.Single((await host.ManageAsync("GET", $"/instances?instanceIdPrefix={id}&createdTimeTo=yesterday-ish")).Json.AsArray());
    }

    [Fact]
    public async Task A_history_shows_an_answered_call_once_with_its_answer()
    {
        var id = await host.StartAsync("Greet", "\"Ada\"");
        var history = (await host.UntilAsync(id, "Completed", "showHistory=true&showHistoryOutput=true"))["historyEvents"]!.AsArray();
        Assert.Equal("ExecutionStarted TaskCompleted ExecutionCompleted", string.Join(' ', history.Select(entry => (string)entry!["EventType"]!)));
        var answer = history[1]!.AsObject();
        Assert.Equal(("SayHello", $"Hello Ada from {id} by SayHello"), ((string?)answer["FunctionName"], (string?)answer["Result"]));
        Assert.NotNull(answer["ScheduledTime"]);
        Assert.NotNull(answer["Timestamp"]);
        Assert.Equal("Completed", (string?)history[2]!["OrchestrationStatus"]);
        Assert.All(history, entry => Assert.DoesNotContain(entry!.AsObject(), field => field.Key is "EventId" or "IsPlayed" or "Version"));
    }

    [Fact]
    public async Task A_history_hides_results_unless_asked_and_inputs_when_asked()
    {
        var id = await host.StartAsync("Greet", "\"Ada\"");
        var plain = (await host.UntilAsync(id, "Completed", "showHistory=true"))["historyEvents"]!.AsArray();
        Assert.All(plain, entry => Assert.Null(entry!["Result"]));
        Assert.Equal("Ada", (string?)plain[0]!["Input"]);
        var hidden = (await host.UntilAsync(id, "Completed", "showHistory=true&showInput=false"))["historyEvents"]!.AsArray();
        Assert.All(hidden, entry => Assert.DoesNotContain(entry!.AsObject(), field => field.Key is "Input"));
    }

    [Fact]
    public async Task A_status_without_the_flag_has_no_history()
    {
        var id = await host.StartAsync("Greet", "\"Ada\"");
        Assert.IsType<JsonObject>(await host.UntilAsync(id, "Completed"));
        Assert.False((await host.UntilAsync(id, "Completed", "showHistory=maybe")).ContainsKey("historyEvents"));
    }
}
