using System.Collections.Concurrent;
using System.Globalization;

namespace BuilderDrFunctions.Sandbox.Builder;

/// <summary>Brings the API to the state that the <c>hab</c> command asked for, after a delay, as Habitat's supervisor does.</summary>
public sealed class SupervisorStandIn : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(25);

    private static readonly string[] ServicesBeside = ["builder-datastore", "builder-minio", "builder-memcached", "builder-api-proxy"];

    private readonly string folder;
    private readonly BuilderApi api;
    private readonly CancellationTokenSource ending = new();
    private readonly ConcurrentQueue<ApiTransition> transitions = new();
    private readonly TimeProvider time = TimeProvider.System;
    private Task loop = Task.CompletedTask;
    private bool up;

    internal SupervisorStandIn(string folder, BuilderApi api)
    {
        this.folder = folder;
        this.api = api;
    }

    /// <summary>How long a stop takes.</summary>
    public TimeSpan StopDelay { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long a start takes.</summary>
    public TimeSpan StartDelay { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>While true a stop is never reached: the process ignores its signal.</summary>
    public bool StopHangs { get; set; }

    /// <summary>While true the API's process ends right after its start.</summary>
    public bool StartFails { get; set; }

    /// <summary>What the status page answers while the API is up.</summary>
    public int StatusCode
    {
        get => api.StatusCode;
        set => api.StatusCode = value;
    }

    /// <summary>While true the <c>hab</c> command cannot contact the supervisor.</summary>
    public bool Unreachable
    {
        get => File.Exists(Unreach);
        set
        {
            if (value)
            {
                File.WriteAllText(Unreach, "");
            }
            else
            {
                File.Delete(Unreach);
            }
        }
    }

    /// <summary>Whether the API is up now.</summary>
    public bool IsUp => up;

    /// <summary>What was last asked for.</summary>
    public bool IsWanted => string.Equals(Read("desired"), "up", StringComparison.Ordinal);

    /// <summary>Every time the API went up or down, oldest first: a test reads the downtime off it.</summary>
    public IReadOnlyList<ApiTransition> Transitions => [.. transitions];

    /// <summary>What <c>hab svc</c> was told, oldest first, such as <c>stop habitat/builder-memcached</c>.</summary>
    public IReadOnlyList<string> Told => File.Exists(Path.Combine(folder, "told")) ? File.ReadAllLines(Path.Combine(folder, "told")) : [];

    /// <summary>Brings a service beside the API, such as <c>builder-minio</c>, to a state; null: it is not loaded on this host.</summary>
    public void BringBeside(string service, bool? wanted)
    {
        if (wanted is { } up)
        {
            Write($"beside-{service}", up ? "up" : "down");
        }
        else
        {
            File.Delete(Path.Combine(folder, $"beside-{service}"));
        }
    }

    /// <summary>Asks for a state as an operator on the host would, and waits until it is reached.</summary>
    public async Task BringAsync(bool wanted, CancellationToken cancellationToken)
    {
        Write("loaded", "yes");
        Write("desired", wanted ? "up" : "down");
        if (!await Processes.Condition.TryAwaitAsync(_ => Task.FromResult(up == wanted), TimeSpan.FromSeconds(30), cancellationToken))
        {
            throw new TimeoutException($"the stand-in API did not go {(wanted ? "up" : "down")}");
        }
    }

    /// <summary>Ends the API's process, and lets it end right after each start from now on, while it is wanted up.</summary>
    public async Task FailAsync(CancellationToken cancellationToken)
    {
        StartFails = true;
        await BringAsync(wanted: false, cancellationToken);
        Write("desired", "up");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
#pragma warning disable VSTHRD003 // this object's own loop, which needs no thread of the caller's
        await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
#pragma warning restore VSTHRD003
        await api.DisposeAsync();
        ending.Dispose();
    }

    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        Write("loaded", "yes");
        Write("desired", "up");
        foreach (var service in ServicesBeside)
        {
            BringBeside(service, true);
        }

        await GoAsync(true, cancellationToken);
        loop = RunAsync(ending.Token);
    }

    private string Unreach => Path.Combine(folder, "unreachable");

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var beat = new PeriodicTimer(Beat);
        while (await beat.WaitForNextTickAsync(cancellationToken))
        {
            var wanted = IsWanted;
            if (wanted == up || (wanted ? StartFails : StopHangs))
            {
                continue;
            }

            await Task.Delay(wanted ? StartDelay : StopDelay, time, cancellationToken);
            await GoAsync(wanted, cancellationToken);
        }
    }

    private async Task GoAsync(bool wanted, CancellationToken cancellationToken)
    {
        if (wanted)
        {
            await api.StartAsync(cancellationToken);
        }
        else
        {
            await api.StopAsync();
        }

        var now = time.GetUtcNow();
        up = wanted;
        transitions.Enqueue(new ApiTransition(wanted, now));
        var process = wanted ? Environment.ProcessId.ToString(CultureInfo.InvariantCulture) : "<none>";
        Write("process", $"{(wanted ? "up" : "down")} {now.ToUnixTimeSeconds()} {process}");
    }

    private string Read(string name) => File.ReadAllText(Path.Combine(folder, name)).Trim();

    private void Write(string name, string value)
    {
        var temporary = Path.Combine(folder, $".{name}.{Guid.NewGuid():N}");
        File.WriteAllText(temporary, value + "\n");
        File.Move(temporary, Path.Combine(folder, name), overwrite: true);
    }
}

/// <summary>The API went up or down.</summary>
/// <param name="Up">Which.</param>
/// <param name="At">UTC.</param>
public sealed record ApiTransition(bool Up, DateTimeOffset At);
