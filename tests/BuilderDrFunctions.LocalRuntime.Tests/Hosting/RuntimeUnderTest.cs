using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.LocalRuntime.Tests.Hosting;

/// <summary>A real host on a port of its own, with the functions of the given types and a state folder that goes with it.</summary>
internal sealed class RuntimeUnderTest : IAsyncDisposable
{
    private readonly bool ownsFolder;
    private readonly IHost host;

    private RuntimeUnderTest(IHost host, string folder, bool ownsFolder, RecordedLog log)
    {
        (this.host, StateFolder, this.ownsFolder, Log) = (host, folder, ownsFolder, log);
        var address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(60) };
        Keys = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "keys.json")))!.AsObject();
    }

    public HttpClient Http { get; }

    public string StateFolder { get; }

    public RecordedLog Log { get; }

    public JsonObject Keys { get; }

    public IServiceProvider Services => host.Services;

    public string MasterKey => (string)Keys["masterKey"]!;

    public string HostKey => (string)Keys["functionKeys"]!["default"]!;

    public string DurableKey => (string)Keys["systemKeys"]!["durabletask_extension"]!;

    public static async Task<RuntimeUnderTest> StartAsync(
        IReadOnlyCollection<Type> types,
        Action<FunctionsApplicationBuilder>? configure = null,
        string? stateFolder = null,
        IReadOnlyDictionary<string, string>? settings = null)
    {
        var folder = stateFolder ?? Directory.CreateTempSubdirectory("builder-dr-runtime-").FullName;
        var log = new RecordedLog();
        var builder = Builder(types, folder, settings);
        builder.Logging.ClearProviders().AddProvider(log);
        configure?.Invoke(builder);
        var built = builder.Build();
        await built.StartAsync(TestContext.Current.CancellationToken);
        return new RuntimeUnderTest(built, folder, stateFolder is null, log);
    }

    public static FunctionsApplicationBuilder Builder(
        IReadOnlyCollection<Type> types, string folder, IReadOnlyDictionary<string, string>? settings = null)
    {
        var builder = FunctionsApplication.CreateBuilder(
        [
            "--urls=http://127.0.0.1:0", $"--LocalRuntime:StateFolder={folder}", "--LocalRuntime:DrainTimeout=00:00:05",
            .. (settings ?? ReadOnlyDictionary<string, string>.Empty).Select(setting => $"--{setting.Key}={setting.Value}"),
        ]);
        builder.FunctionTypes = types;
        builder.ConfigureFunctionsWebApplication();
        return builder;
    }

    public async Task StopAsync() => await host.StopAsync(TestContext.Current.CancellationToken);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? key = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
        {
            request.Headers.Add("x-functions-key", key);
        }

        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public Task<HttpResponseMessage> GetAsync(string path, string? key = null) => SendAsync(HttpMethod.Get, path, key);

    public Task<HttpResponseMessage> PostAsync(string path, string? key = null, string? json = null) => SendAsync(
        HttpMethod.Post, path, key, json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json"));

    public async Task<JsonNode> GetJsonAsync(string path, string? key = null)
    {
        using var response = await GetAsync(path, key);
        return await ReadJsonAsync(response);
    }

    public static async Task<JsonNode> ReadJsonAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
        ?? throw new JsonException("The body is the JSON null.");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await host.StopAsync(CancellationToken.None);
        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }

        if (ownsFolder)
        {
            Directory.Delete(StateFolder, recursive: true);
        }
    }
}
