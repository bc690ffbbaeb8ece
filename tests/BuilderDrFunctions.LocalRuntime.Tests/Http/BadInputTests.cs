using System.Net;
using System.Net.Sockets;
using System.Text;
using BuilderDrFunctions.LocalRuntime.Tests.Hosting;

namespace BuilderDrFunctions.LocalRuntime.Tests.Http;

/// <summary>What a careless or hostile caller may send: a documented status, nothing leaked, nothing lost.</summary>
public sealed class BadInputTests
{
    private const string Orchestrators = "/runtime/webhooks/durabletask/orchestrators";

    [Theory]
    [InlineData("{")]
    [InlineData("{\"a\":}")]
    [InlineData("nonsense")]
    [InlineData("1 2")]
    [InlineData("\u0000")]
    public async Task A_start_with_malformed_JSON_is_400_and_starts_nothing(string body)
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var reply = await runtime.PostAsync($"{Orchestrators}/Greet/one", runtime.DurableKey, body);
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("Invalid JSON content", (string?)(await RuntimeUnderTest.ReadJsonAsync(reply))["Message"]);
        using var status = await runtime.GetAsync("/runtime/webhooks/durabletask/instances/one", runtime.DurableKey);
        Assert.Equal(HttpStatusCode.NotFound, status.StatusCode);
    }

    [Fact]
    public async Task An_unknown_orchestrator_is_400_and_the_known_ones_are_named()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var reply = await runtime.PostAsync($"{Orchestrators}/Nobody", runtime.DurableKey);
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        var message = (string?)(await RuntimeUnderTest.ReadJsonAsync(reply))["Message"];
        Assert.Contains("'Nobody' doesn't exist, is disabled, or is not an orchestrator function", message, StringComparison.Ordinal);
        Assert.Contains("'Fail', 'Greet', 'WaitForGo'", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_nested_without_end_is_400()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var reply = await runtime.PostAsync($"{Orchestrators}/Greet/one", runtime.DurableKey, new string('[', 100_000));
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
    }

    [Theory]
    [InlineData("%40start")]
    [InlineData("a%2Fb")]
    [InlineData("a%5Cb")]
    [InlineData("a%23b")]
    [InlineData("a%3Fb")]
    [InlineData("a%07b")]
    [InlineData("a%0Ab")]
    public async Task An_id_with_a_forbidden_character_is_400(string id)
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var reply = await runtime.PostAsync($"{Orchestrators}/Greet/{id}", runtime.DurableKey, "\"Ada\"");
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("[]", (await runtime.GetJsonAsync("/runtime/webhooks/durabletask/instances", runtime.DurableKey)).ToJsonString());
    }

    [Fact]
    public async Task An_id_of_257_characters_is_400_and_one_of_256_is_not()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var tooLong = await runtime.PostAsync($"{Orchestrators}/Greet/{new string('x', 257)}", runtime.DurableKey);
        using var longest = await runtime.PostAsync($"{Orchestrators}/Greet/{new string('x', 256)}", runtime.DurableKey);
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.Accepted), (tooLong.StatusCode, longest.StatusCode));
    }

    [Fact]
    public async Task An_id_with_spaces_percent_signs_and_letters_of_any_script_comes_back_as_it_was()
    {
        const string id = "nächster Lauf 100%41";
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var start = await runtime.PostAsync($"{Orchestrators}/WaitForGo/{Uri.EscapeDataString(id)}", runtime.DurableKey);
        var payload = await RuntimeUnderTest.ReadJsonAsync(start);
        Assert.Equal(id, (string?)payload["id"]);
        Assert.Equal(id, (string?)(await runtime.GetJsonAsync((string)payload["statusQueryGetUri"]!))["instanceId"]);
    }

    [Fact]
    public async Task A_body_over_100_MB_is_413_for_functions_and_for_the_management_API()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        Assert.Equal("104857600", await LengthAsync(runtime, 104_857_600));
        Assert.Equal("413", await LengthAsync(runtime, 104_857_601));
        using var declared = new ByteArrayContent(new byte[1]);
        var answer = await RawAsync(runtime, $"POST {Orchestrators}/Greet/big HTTP/1.1\r\nHost: x\r\nx-functions-key: {runtime.DurableKey}\r\nContent-Length: 104857601\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_body_limit_can_be_set()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync(
            [typeof(SampleFunctions)], settings: new Dictionary<string, string>(StringComparer.Ordinal) { ["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"] = "1000" });
        Assert.Equal("1000", await LengthAsync(runtime, 1000));
        Assert.Equal("413", await LengthAsync(runtime, 1001));
    }

    [Fact]
    public async Task Headers_beyond_the_limit_are_431_and_a_line_beyond_it_is_414()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        Assert.StartsWith("HTTP/1.1 431", await RawAsync(runtime, $"GET /api/Anonymous HTTP/1.1\r\nHost: x\r\nX-Big: {new string('x', 40_000)}\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414", await RawAsync(runtime, $"GET /api/{new string('x', 10_000)} HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_100_starts_of_one_id_at_once_exactly_one_wins()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        var replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => runtime.PostAsync($"{Orchestrators}/WaitForGo/only", runtime.DurableKey)));
        Assert.Equal(1, replies.Count(reply => reply.StatusCode == HttpStatusCode.Accepted));
        Assert.Equal(99, replies.Count(reply => reply.StatusCode == HttpStatusCode.Conflict));
        foreach (var reply in replies)
        {
            reply.Dispose();
        }
    }

    [Fact]
    public async Task An_exception_in_a_function_is_told_to_the_log_and_not_to_the_caller()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        using var reply = await runtime.GetAsync("/api/Broken");
        Assert.Equal(HttpStatusCode.InternalServerError, reply.StatusCode);
        Assert.Empty(await reply.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Contains(runtime.Log.Lines, line => line.Text.Contains("secret detail of /api/Broken", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_key_reaches_the_log()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync(
            [typeof(SampleFunctions)], settings: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Information",
                [$"Logging:{typeof(RecordedLog).FullName}:LogLevel:Default"] = "Trace",
            });
        using var function = await runtime.GetAsync($"/api/Guarded?code={runtime.HostKey}");
        using var start = await runtime.PostAsync($"{Orchestrators}/Greet/one?code={runtime.DurableKey}", json: "\"Ada\"");
        using var rotated = await runtime.PostAsync("/admin/host/keys/extra", runtime.MasterKey);
        var made = (string)(await RuntimeUnderTest.ReadJsonAsync(rotated))["value"]!;
        Assert.Equal(HttpStatusCode.OK, function.StatusCode);
        Assert.Contains(runtime.Log.Lines, line => line.Category.StartsWith("Microsoft.AspNetCore.Routing", StringComparison.Ordinal));
        foreach (var secret in new[] { runtime.HostKey, runtime.DurableKey, runtime.MasterKey, made })
        {
            Assert.DoesNotContain(runtime.Log.Lines, line => line.Text.Contains(secret, StringComparison.Ordinal));
        }
    }

    private static async Task<string> LengthAsync(RuntimeUnderTest runtime, int length)
    {
        using var content = new ByteArrayContent(new byte[length]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/Length") { Content = content };
        request.Headers.ExpectContinue = true;
        using var reply = await runtime.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return reply.IsSuccessStatusCode
            ? await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
            : ((int)reply.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<string> RawAsync(RuntimeUnderTest runtime, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(runtime.Http.BaseAddress!.Host, runtime.Http.BaseAddress.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        var buffer = new byte[256];
        return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
    }
}
