using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Secrets;

namespace BuilderDrFunctions.Sandbox.App;

/// <summary>Builder DR itself, run as its users run it: a process of its own on the embedded runtime, spoken to over HTTP with its keys.</summary>
/// <remarks>
/// Killed and started again, it goes on with the state folder it had. All that it tells is searched for secrets: logs, answers, state, and
/// the arguments of processes. What is found fails whoever disposes it.
/// </remarks>
public sealed class AppProcess : IAsyncDisposable
{
    // Far more than a test's app writes: what looks for secrets in the log must see all of it.
    private const int AllLines = 100_000;

    private static readonly TimeSpan UntilUp = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder state;
    private readonly LoopbackPort port;
    private readonly string program;
    private readonly Dictionary<string, string?> settings;
    private ServerProcess? process;
    private string lastLog = "";
    private int runs;

    private AppProcess(string program, IReadOnlyDictionary<string, string> settings, IEnumerable<Secret> secrets, DelegatingHandler? listener)
    {
        Secrets.Add(secrets);
        this.program = program;
        state = new TemporaryFolder("app");
        port = LoopbackPort.Reserve();
        this.settings = new Dictionary<string, string?>(settings.ToDictionary(pair => pair.Key, pair => (string?)pair.Value, StringComparer.Ordinal), StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port.Number}",
            ["LocalRuntime__StateFolder"] = state["state"],
            ["DOTNET_ENVIRONMENT"] = "Production",
        };
        var search = new AnswerSearch(Secrets, new SocketsHttpHandler());
        if (listener is not null)
        {
            listener.InnerHandler = search;
        }

        Http = new HttpClient((HttpMessageHandler?)listener ?? search) { BaseAddress = new Uri($"http://127.0.0.1:{port.Number}"), Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>The app as it was built together with the running program, beside it: <c>artifacts/bin/&lt;project&gt;/&lt;configuration&gt;/</c>.</summary>
    public static string BuiltProgram
    {
        get
        {
            var own = new DirectoryInfo(AppContext.BaseDirectory);
            var path = Path.Combine(own.Parent!.Parent!.FullName, "BuilderDrFunctions", own.Name, "BuilderDrFunctions.dll");
            return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there; build src/BuilderDrFunctions first");
        }
    }

    /// <summary>Speaks to the app with the default function key.</summary>
    public HttpClient Http { get; }

    /// <summary>The app's settings; a change counts from the next start on.</summary>
    public IDictionary<string, string?> Settings => settings;

    /// <summary>Searches what it tells. Whoever else hears of it, a page or a webhook, has that searched too.</summary>
    public SecretSearch Secrets { get; } = new();

    /// <summary>Its process id.</summary>
    public int Id => Running.Id;

    /// <summary>The log of this run, or of the last one.</summary>
    public string Log => process?.Log ?? lastLog;

    /// <summary>Where its state lies.</summary>
    public string StateFolder => settings["LocalRuntime__StateFolder"]!;

    /// <summary>The master key, for the admin API.</summary>
    public string MasterKey { get; private set; } = "";

    /// <summary>The default function key, for the API.</summary>
    public string FunctionKey { get; private set; } = "";

    private ServerProcess Running => process ?? throw new InvalidOperationException("the app is not running");

    /// <summary>Starts the app with the given settings (environment variables) and waits until it serves.</summary>
    /// <param name="program">Path of <c>BuilderDrFunctions.dll</c>.</param>
    /// <param name="settings">Sites, vault and the rest.</param>
    /// <param name="secrets">What it must not tell besides the secrets among its settings: <see cref="BuilderSandbox.Secrets"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="listener">Sees every request and answer; null: nobody.</param>
    public static async Task<AppProcess> StartNewAsync(
        string program, IReadOnlyDictionary<string, string> settings, IEnumerable<Secret> secrets, CancellationToken cancellationToken, DelegatingHandler? listener = null)
    {
        var app = new AppProcess(program, settings, secrets, listener);
        try
        {
            await app.StartAsync(cancellationToken);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again, after <see cref="KillAsync"/> or <see cref="StopAsync"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Secrets.Add(SettingSecrets.Of(settings));
        process = await ServerProcess.StartAsync(new ServerCommand("builder-dr", "dotnet", program)
        {
            WorkingFolder = state.FullPath,
            Environment = settings,
            LogLines = AllLines,
        });
        await process.WaitUntilAsync(IsServingAsync, UntilUp, cancellationToken);
        await ReadKeysAsync(cancellationToken);
    }

    /// <summary>SIGKILL: what a crash does.</summary>
    public async Task KillAsync()
    {
        Running.Signal(UnixSignal.Kill);
        await Running.WaitForExitAsync(CancellationToken.None);
        await EndAsync();
    }

    /// <summary>SIGTERM, and a wait for the graceful end.</summary>
    public async Task StopAsync()
    {
        await Running.StopAsync(UnixSignal.Terminate, TimeSpan.FromSeconds(45));
        await EndAsync();
    }

    /// <summary>A document of the API; any status but success throws with the answer's text.</summary>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) =>
        await ReadAsync(await Http.GetAsync(path, cancellationToken), cancellationToken);

    /// <summary>Posts a JSON body; any status but success throws with the answer's text.</summary>
    public async Task<JsonElement> PostAsync(string path, object body, CancellationToken cancellationToken) =>
        await ReadAsync(await Http.PostAsJsonAsync(path, body, cancellationToken), cancellationToken);

    /// <summary>Runs a timer's function now; it goes on when this returns.</summary>
    public async Task RunTimerAsync(string function, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/admin/functions/{function}") { Content = new StringContent("{\"input\":\"\"}", null, "application/json") };
        request.Headers.Add("x-functions-key", MasterKey);
        using var answer = await Http.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Waits until an operation has ended and gives its last view.</summary>
    /// <param name="id">The operation.</param>
    /// <param name="timeout">How long to wait at most.</param>
    /// <param name="seen">Told every view on the way; null: nobody.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<JsonElement> WaitForOperationAsync(string id, TimeSpan timeout, Action<JsonElement>? seen, CancellationToken cancellationToken)
    {
        JsonElement view = default;
        var ended = await Condition.TryAwaitAsync(
            async token =>
            {
                view = await GetAsync($"/api/operations/{id}", token);
                seen?.Invoke(view);
                return view.GetProperty("state").GetString() is "succeeded" or "failed" or "canceled";
            },
            timeout,
            cancellationToken);
        return ended ? view : throw new TimeoutException($"operation {id} did not end within {timeout.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s; last seen: {view}\n{Log}");
    }

    /// <summary>Stops it, and searches what it left.</summary>
    /// <exception cref="SecretToldException">It told a secret.</exception>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        try
        {
            if (process is not null)
            {
                await StopAsync();
            }

            await StateSearch.SearchAsync(state.FullPath, Secrets, CancellationToken.None);
        }
        finally
        {
            port.Dispose();
            state.Dispose();
        }

        Secrets.ThrowIfTold();
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode
                ? JsonSerializer.Deserialize<JsonElement>(text)
                : throw new HttpRequestException($"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.PathAndQuery} gave {(int)response.StatusCode}: {text}", null, response.StatusCode);
        }
    }

    private async Task EndAsync()
    {
        lastLog = Running.Log;
        Secrets.Search(string.Create(CultureInfo.InvariantCulture, $"log of run {++runs}"), lastLog);
        await Running.DisposeAsync();
        process = null;
    }

    private async Task<bool> IsServingAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync("/admin/host/ping", cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task ReadKeysAsync(CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(Path.Combine(StateFolder, "keys.json"));
        using var keys = await JsonDocument.ParseAsync(file, default, cancellationToken);
        MasterKey = keys.RootElement.GetProperty("masterKey").GetString()!;
        Http.DefaultRequestHeaders.Remove("x-functions-key");
        FunctionKey = keys.RootElement.GetProperty("functionKeys").GetProperty("default").GetString()!;
        Http.DefaultRequestHeaders.Add("x-functions-key", FunctionKey);
        Secrets.Add([
            new Secret("master key", MasterKey), new Secret("function key", FunctionKey),
            .. keys.RootElement.GetProperty("systemKeys").EnumerateObject().Select(key => new Secret($"system key {key.Name}", key.Value.GetString()!)),
        ]);
    }
}
