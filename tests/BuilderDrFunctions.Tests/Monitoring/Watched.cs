using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Notifications;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sites;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Tests.Notifications;
using BuilderDrFunctions.Vault;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

/// <summary>Site <c>main</c> at 2026-11-22 12:00 UTC, watched, with everything that a test may put out of order.</summary>
internal sealed class Watched
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly Func<StateWatch> _watch;

    public Watched(MemoryVault? second = null, SpareOptions? spareOptions = null, Dictionary<string, string?>? settings = null)
    {
        var copy = new CopyVault(second);
        Runs = new RunWatch(Vault, Time, NullLogger<RunWatch>.Instance);
        var options = Options.Create(new MonitoringOptions { ProbeTimeout = TimeSpan.FromSeconds(1), VaultProbeInterval = TimeSpan.Zero });
        var catalog = new SetCatalog(Vault);
        Records = new MustRestartRecords(Vault);
        Drills = new DrillVerdicts(Vault);
        Spares = new SpareRecords(Vault);
        var spare = new SpareCheck(Spares, Options.Create(spareOptions ?? new SpareOptions()), options, Time);
        Checks = new HealthChecks(
            Site, Runs, new SetChecks(catalog, Drills, options, Options.Create(new RecoveryObjectives()), Time),
            new SecondCopyCheck(copy, Options.Create(new RecoveryObjectives()), Time), spare, new ApiChecks(Site, Records, spare, options, Time),
            new VaultCheck(Vault, options, Time),
            new ScheduleCheck(Options.Create(new ScheduleOptions()), options, new ConfigurationBuilder().Build(), Time),
            new SettingsCheck(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()), options, Time, NullLogger<HealthChecks>.Instance);
        Gathering = new MetricsGathering(Site, catalog, copy, Drills, Runs, Options.Create(new RecoveryObjectives()), options, Time, NullLogger<MetricsGathering>.Instance);
        var webhooks = new NotificationsOptions { ["ops"] = new WebhookOptions { Url = "https://example.com" } };
        _watch = () => new StateWatch(Vault, Checks, Runs, new Notifier(new FixedNotifications(webhooks)), options, Time, NullLogger<StateWatch>.Instance);
        States = _watch();
    }

    public FakeTimeProvider Time { get; } = new(Start);

    public MemoryVault Vault { get; } = new();

    public FakeSite Site { get; } = new();

    public FakeRuns Store { get; } = new();

    public RunWatch Runs { get; }

    public MustRestartRecords Records { get; }

    public DrillVerdicts Drills { get; }

    public SpareRecords Spares { get; }

    public HealthChecks Checks { get; }

    public StateWatch States { get; private set; }

    public MetricsGathering Gathering { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Commits a set that shows the present moment, and lets the run that took it end well.</summary>
    public string BackUp(params IReadOnlyList<string> warnings) => BackUp(new InventoryCounts(), warnings);

    /// <summary>Commits a set of such artifacts, and lets the run that took it end.</summary>
    public string BackUp(InventoryCounts artifacts, params IReadOnlyList<string> warnings)
    {
        var id = OperationId.New("backup", "main", Time.GetUtcNow());
        var label = BackupLabel.Of(id, "nightly");
        var set = new BackupManifest(
            1, label.Value, "main", id.ToString(), id.At, id.At, id.At, new ApiRecord(true, 1, null), [], new ArtifactsRecord("inventory.jsonl.zst", 0, 0, 0, 0, artifacts),
            null, warnings, []);
        Vault[SetPaths.Manifest("main", label)] = ManifestSeal.Write(set);
        Store.Put(id.ToString(), Time.GetUtcNow(), OrchestrationRuntimeStatus.Completed, new { Label = label.Value, set.Complete, Warnings = warnings });
        return id.ToString();
    }

    /// <summary>Puts a run of a kind into the store as of now.</summary>
    public string Run(string kind, OrchestrationRuntimeStatus status, object? output = null, string? error = null, object? input = null)
    {
        var id = OperationId.New(kind, "main", Time.GetUtcNow()).ToString();
        Store.Put(id, Time.GetUtcNow(), status, output, error, input);
        return id;
    }

    /// <summary>Looks at the runs and keeps what was seen, as the timer does.</summary>
    public async Task<RunLook> LookAsync()
    {
        var look = await Runs.LookAsync(Store, Token);
        if (look.IsNews)
        {
            Assert.True(await Runs.TryKeepAsync(look, Token));
        }

        return look;
    }

    /// <summary>Looks for changes, as the timer does, and gives what was told: subjects and how they are.</summary>
    public async Task<IReadOnlyList<string>> TellAsync()
    {
        Store.Started.Clear();
        await States.LookAsync(Store, Token);
        return [.. Store.Started.Values.Cast<NotificationOrder>().Select(order => $"{order.Notification.Subject} {order.Notification.Status}").Order(StringComparer.Ordinal)];
    }

    /// <summary>The app starts anew: it knows nothing but what the vault has.</summary>
    public void Restart() => States = _watch();

    /// <summary>Damages the manifest of the set that a backup made.</summary>
    public void Damage(string backup) => Vault[SetPaths.Manifest("main", BackupLabel.Of(OperationId.TryParse(backup)!, "nightly"))] = "{"u8.ToArray();

    /// <summary>The report.</summary>
    public Task<HealthReport> CheckAsync() => Checks.CheckAsync(Store, Token);

    /// <summary>One check out of the report.</summary>
    public async Task<HealthCheck> CheckAsync(string name) => Assert.Single((await CheckAsync()).Checks, check => check.Name == name);
}
