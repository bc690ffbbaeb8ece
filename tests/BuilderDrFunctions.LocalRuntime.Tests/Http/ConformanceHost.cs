using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using BuilderDrFunctions.LocalRuntime.Tests.Hosting;

namespace BuilderDrFunctions.LocalRuntime.Tests.Http;

/// <summary>The host under test: a runtime of our own or, when BASE_URL is set, any host that serves <see cref="SampleFunctions"/>.</summary>
/// <remarks>Another host's keys come from MASTER_KEY, HOST_KEY and DURABLE_KEY.</remarks>
public sealed class ConformanceHost : IAsyncLifetime
{
    private RuntimeUnderTest? own;
    private HttpClient? other;

    public string MasterKey => own?.MasterKey ?? Setting("MASTER_KEY");

    public string HostKey => own?.HostKey ?? Setting("HOST_KEY");

    public string DurableKey => own?.DurableKey ?? Setting("DURABLE_KEY");

    private HttpClient Client => own?.Http ?? other ?? throw new InvalidOperationException("The host has not been started.");

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("BASE_URL") is { Length: > 0 } address)
        {
            other = new HttpClient { BaseAddress = new Uri(address) };
        }
        else
        {
            own = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        other?.Dispose();
        if (own is not null)
        {
            await own.DisposeAsync();
        }
    }

    /// <summary>A relative path, or an address the host handed out.</summary>
    internal async Task<Reply> SendAsync(
        string method, string address, string? key = null, string? body = null, string contentType = "application/json", string? header = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType));
        }

        if (key is not null)
        {
            request.Headers.Add("x-functions-key", key);
        }

        if (header is not null)
        {
            request.Headers.Add(header.Split(':')[0], header.Split(':')[1]);
        }

        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return new Reply((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers, response.Content.Headers.ContentType?.MediaType);
    }

    internal Task<Reply> ManageAsync(string method, string path, string? body = null, string contentType = "application/json", string? header = null) =>
        SendAsync(method, "/runtime/webhooks/durabletask" + path, DurableKey, body, contentType, header);

    internal static string NewId() => Guid.NewGuid().ToString("N");

    internal async Task<string> StartAsync(string orchestrator, string? input = null, string? id = null)
    {
        id ??= NewId();
        var reply = await ManageAsync("POST", $"/orchestrators/{orchestrator}/{id}", input);
        Assert.Equal(202, reply.Status);
        return id;
    }

    /// <summary>Asks until the instance is in the status.</summary>
    internal Task<JsonObject> UntilAsync(string id, string status, string query = "") => Patience.UntilAsync(
        async () => (await ManageAsync("GET", $"/instances/{id}?{query}")).Json.AsObject() is var instance && (string?)instance["runtimeStatus"] == status ? instance : null,
        $"instance {id} to be {status}");

    private static string Setting(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"With BASE_URL, {name} must be set too.");
}

/// <summary>An answer, read to its end.</summary>
internal sealed record Reply(int Status, string Body, HttpResponseHeaders Headers, string? ContentType)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string Header(string name) => Headers.GetValues(name).Single();
}

/// <summary>Tests that need nothing but the host's documented behaviour share one host.</summary>
[CollectionDefinition(Name)]
public sealed class SharedHost : ICollectionFixture<ConformanceHost>
{
    public const string Name = "conformance host";
}
