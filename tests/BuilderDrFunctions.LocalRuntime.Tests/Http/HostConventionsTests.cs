using System.Text.Json.Nodes;

namespace BuilderDrFunctions.LocalRuntime.Tests.Http;

/// <summary>Section 6 of the contract: routes, methods, keys.</summary>
[Collection(SharedHost.Name)]
public sealed class HostConventionsTests(ConformanceHost host)
{
    [Fact]
    public async Task A_function_without_a_route_is_served_under_its_name_below_the_prefix() =>
        Assert.Equal((200, "GET"), await AskAsync("GET", "/api/Anonymous"));

    [Fact]
    public async Task Routes_are_matched_in_any_case() => Assert.Equal((200, "GET"), await AskAsync("GET", "/API/anonymous"));

    [Fact]
    public async Task A_function_is_not_served_without_the_prefix() => Assert.Equal((404, ""), await AskAsync("GET", "/Anonymous"));

    [Fact]
    public async Task A_route_value_reaches_the_parameter_of_its_name() => Assert.Equal((200, "GET a b"), await AskAsync("GET", "/api/backups/a%20b"));

    [Fact]
    public async Task One_route_may_have_a_function_for_each_method() => Assert.Equal((200, "PUT 7"), await AskAsync("PUT", "/api/backups/7"));

    [Fact]
    public async Task Route_values_become_numbers_guids_and_absent_optionals() =>
        Assert.Equal((200, "GET 42 00000000000000000000000000000001 -"), await AskAsync("GET", "/api/typed/41/00000000-0000-0000-0000-000000000001"));

    [Fact]
    public async Task An_optional_route_value_is_bound_when_given() =>
        Assert.Equal((200, "GET 42 00000000000000000000000000000001 x"), await AskAsync("GET", "/api/typed/41/00000000-0000-0000-0000-000000000001/x"));

    [Theory]
    [InlineData("/api/typed/one/00000000-0000-0000-0000-000000000001")]
    [InlineData("/api/typed/41/one")]
    public async Task A_value_that_breaks_a_constraint_is_no_route(string path) => Assert.Equal((404, ""), await AskAsync("GET", path));

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    public async Task A_method_the_function_does_not_name_is_no_route(string method) => Assert.Equal((404, ""), await AskAsync(method, "/api/Anonymous"));

    [Theory]
    [InlineData("GET")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task A_function_that_names_no_method_takes_all(string method) =>
        Assert.Equal((200, method), await AskAsync(method, "/api/for/system", host.MasterKey));

    [Theory]
    [InlineData("/")]
    [InlineData("/api")]
    [InlineData("/api/Nobody")]
    [InlineData("/runtime/webhooks/other")]
    [InlineData("/admin/nothing")]
    public async Task An_unknown_route_is_404_with_an_empty_body(string path) => Assert.Equal((404, ""), await AskAsync("GET", path));

    [Fact]
    public async Task A_missing_key_is_401_with_an_empty_body() => Assert.Equal((401, ""), await AskAsync("GET", "/api/Guarded"));

    [Fact]
    public async Task A_wrong_key_is_401_with_an_empty_body() => Assert.Equal((401, ""), await AskAsync("GET", "/api/Guarded", "wrong"));

    [Fact]
    public async Task The_host_key_opens_a_function_by_header() => Assert.Equal(200, (await host.SendAsync("GET", "/api/Guarded", host.HostKey)).Status);

    [Fact]
    public async Task The_host_key_opens_a_function_by_query() => Assert.Equal(200, (await host.SendAsync("GET", $"/api/Guarded?code={host.HostKey}")).Status);

    [Fact]
    public async Task The_header_counts_before_the_query() => Assert.Equal(401, (await host.SendAsync("GET", $"/api/Guarded?code={host.HostKey}", "wrong")).Status);

    [Fact]
    public async Task The_master_key_opens_every_level()
    {
        foreach (var path in new[] { "/api/Anonymous", "/api/Guarded", "/api/for/system", "/api/for/admin" })
        {
            Assert.Equal(200, (await host.SendAsync("GET", path, host.MasterKey)).Status);
        }
    }

    [Fact]
    public async Task A_host_key_does_not_reach_the_system_or_admin_level()
    {
        Assert.Equal((401, ""), await AskAsync("GET", "/api/for/system", host.HostKey));
        Assert.Equal((401, ""), await AskAsync("GET", "/api/for/admin", host.HostKey));
    }

    [Fact]
    public async Task An_anonymous_function_ignores_a_wrong_key() => Assert.Equal((200, "GET"), await AskAsync("GET", "/api/Anonymous", "wrong"));

    [Fact]
    public async Task An_action_result_is_written_as_JSON()
    {
        var reply = await host.SendAsync("GET", "/api/Guarded", host.HostKey);
        Assert.Equal("application/json", reply.ContentType);
        Assert.Equal("GET", (string?)reply.Json["method"]);
    }

    [Fact]
    public async Task An_instance_function_gets_its_services_its_context_and_the_request()
    {
        var seen = (await host.SendAsync("GET", "/api/Instance")).Json;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"name":"Instance","hasId":true,"sameRequest":true,"hasTime":true}"""), seen), seen.ToJsonString());
    }

    [Fact]
    public async Task An_unhandled_exception_is_500_with_an_empty_body() => Assert.Equal((500, ""), await AskAsync("GET", "/api/Broken"));

    [Fact]
    public async Task Ping_needs_no_key()
    {
        Assert.Equal(200, (await host.SendAsync("GET", "/admin/host/ping")).Status);
        Assert.Equal(200, (await host.SendAsync("POST", "/admin/host/ping")).Status);
    }

    [Theory]
    [InlineData("/admin/host/status")]
    [InlineData("/admin/host/keys")]
    [InlineData("/admin/host/systemkeys")]
    [InlineData("/admin/functions")]
    [InlineData("/admin/functions/Guarded/keys")]
    public async Task The_admin_API_needs_the_master_key(string path)
    {
        Assert.Equal(401, (await host.SendAsync("GET", path)).Status);
        Assert.Equal(403, (await host.SendAsync("GET", path, host.HostKey)).Status);
        Assert.Equal(200, (await host.SendAsync("GET", path, host.MasterKey)).Status);
    }

    [Fact]
    public async Task Status_says_that_the_host_runs()
    {
        var status = (await host.SendAsync("GET", "/admin/host/status", host.MasterKey)).Json;
        Assert.Equal("Running", (string?)status["state"]);
        Assert.NotNull((string?)status["id"]);
        Assert.True((long?)status["processUptime"] > 0);
    }

    [Fact]
    public async Task Functions_are_listed_with_their_bindings()
    {
        var function = (await host.SendAsync("GET", "/admin/functions/Backup", host.MasterKey)).Json;
        Assert.Equal("Backup", (string?)function["name"]);
        Assert.False((bool?)function["isDisabled"]);
        Assert.EndsWith("/api/backups/{id}", (string?)function["invoke_url_template"], StringComparison.Ordinal);
        Assert.Equal("httpTrigger", (string?)function["config"]!["bindings"]![0]!["type"]);
        var all = (await host.SendAsync("GET", "/admin/functions", host.MasterKey)).Json.AsArray();
        Assert.Contains(all, one => (string?)one!["name"] == "Greet");
    }

    [Fact]
    public async Task An_unknown_function_is_404_in_the_admin_API()
    {
        Assert.Equal(404, (await host.SendAsync("GET", "/admin/functions/Nobody", host.MasterKey)).Status);
        Assert.Equal(404, (await host.SendAsync("POST", "/admin/functions/Nobody", host.MasterKey, "{}")).Status);
        Assert.Equal(404, (await host.SendAsync("GET", "/admin/functions/Nobody/keys", host.MasterKey)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    public async Task Running_a_function_needs_an_order_in_JSON(string body) =>
        Assert.Equal(400, (await host.SendAsync("POST", "/admin/functions/Greet", host.MasterKey, body)).Status);

    private async Task<(int Status, string Body)> AskAsync(string method, string path, string? key = null)
    {
        var reply = await host.SendAsync(method, path, key);
        return (reply.Status, reply.Body);
    }
}
