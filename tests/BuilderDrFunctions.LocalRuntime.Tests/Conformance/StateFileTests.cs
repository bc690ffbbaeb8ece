using System.Globalization;
using BuilderDrFunctions.LocalRuntime.Durable;
using BuilderDrFunctions.LocalRuntime.Tests.Engine;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>The file that holds it all.</summary>
public sealed class StateFileTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Refuses_a_second_runtime_and_names_the_first()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable());

        var refused = Assert.Throws<StateFileException>(() => StateFile.Open(app.StateFile));

        Assert.Contains($"in use by process {Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_free_again_after_a_stop()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable());
        await app.StopAsync();

        using var file = StateFile.Open(app.StateFile);

        Assert.NotNull(file);
    }

    [Fact]
    public async Task Refuses_a_file_of_a_newer_format_and_leaves_it_alone()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable());
        await app.StopAsync();
        Execute(app.StateFile, "PRAGMA user_version = 99");

        var refused = Assert.Throws<StateFileException>(() => StateFile.Open(app.StateFile));

        Assert.Contains("has format 99", refused.Message, StringComparison.Ordinal);
        Assert.Equal(99L, Execute(app.StateFile, "PRAGMA user_version"));
    }

    [Fact]
    public async Task Migrates_a_file_of_an_older_format_and_goes_on_with_its_work()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<int, int>("Double", (_, input) => Task.FromResult(input * 2)));
        await app.StopAsync();
        File.Delete(app.StateFile);
        Execute(
            app.StateFile,
            $"""
            PRAGMA journal_mode = WAL; {StateSchema.Steps[0]}; PRAGMA user_version = 1;
            INSERT INTO instances(run, id, name, status, input, created_at, updated_at) VALUES (7, 'old', 'Double', 6, '21', 0, 0);
            INSERT INTO history VALUES (7, 0, 0, -1, 0, 'Double', NULL, NULL, 0);
            """);

        await app.RestartAsync();

        Assert.Equal(42, (await app.EndAsync("old")).ReadOutputAs<int>());
        Assert.Equal((long)StateSchema.Version, Execute(app.StateFile, "PRAGMA user_version"));
    }

    [Fact]
    public async Task Waits_for_a_full_disk_and_then_commits_once()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable());
        var (attempts, effects) = (0, 0);

        await app.Engine.ChangeAsync(ledger =>
        {
            ledger.Changes.Add(writer => writer.Append(1, new HistoryEvent(HistoryKind.EventRaised, -1, DateTime.UnixEpoch)));
            ledger.Changes.Add(_ =>
            {
                if (++attempts == 1)
                {
                    throw new SqliteException("database or disk is full", 13);
                }
            });
            ledger.Effects.Add(() => effects++);
        });

        Assert.Equal((2, 1), (attempts, effects));
        Assert.Equal(1L, Execute(app.StateFile, "SELECT count(*) FROM history"));
    }

    [Fact]
    public async Task Tells_everyone_who_waits_when_it_can_no_longer_be_written()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable());

        await Assert.ThrowsAsync<SqliteException>(() => app.Engine.ChangeAsync(ledger =>
            ledger.Changes.Add(_ => throw new SqliteException("database disk image is malformed", 11))));

        await Assert.ThrowsAsync<SqliteException>(() => app.Engine.Completion);
        await Assert.ThrowsAsync<SqliteException>(() => app.Client.ScheduleNewOrchestrationInstanceAsync("Any", Cancel));
    }

    [Fact]
    public async Task Is_for_its_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are a Unix matter");
        await using var app = await EngineHarness.StartAsync(new FunctionTable().Orchestrator<int>("Quick", _ => Task.FromResult(1)));
        await app.RunAsync("Quick");

#pragma warning disable CA1416 // skipped on Windows
        Assert.All(
            [app.StateFile, app.StateFile + "-wal"],
            path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
#pragma warning restore CA1416
    }

    [Fact]
    public async Task Commits_with_full_synchronization_in_a_write_ahead_log()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable());
        await app.StopAsync();
        using var file = StateFile.Open(app.StateFile);
        using var writer = file.OpenWriter();

        Assert.Equal("wal", Execute(app.StateFile, "PRAGMA journal_mode"));
        Assert.Equal(2L, writer.Synchronous());
    }

    [Fact]
    public async Task Is_sound_after_work_and_restarts()
    {
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator("Fan", context => Task.WhenAll(Enumerable.Range(0, 50).Select(i => context.CallActivityAsync("Nothing", i))))
            .Activity<int, int>("Nothing", input => input));
        await app.RunAsync("Fan");
        await app.RestartAsync();
        await app.RunAsync("Fan");

        Assert.Equal("ok", Execute(app.StateFile, "PRAGMA integrity_check"));
    }

    [Fact]
    public async Task Drains_running_activities_before_it_stops()
    {
        var release = new TaskCompletionSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = 0;
        await using var app = await EngineHarness.StartAsync(new FunctionTable()
            .Orchestrator<int>("Caller", context => context.CallActivityAsync<int>("Slow"))
            .Activity<object?, int>("Slow", async (_, _, _) =>
            {
                Interlocked.Increment(ref runs);
                begun.TrySetResult();
                await release.Task;
                return 5;
            }));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Caller", Cancel);
        await begun.Task;

        var stopping = app.StopAsync(drain: true);
        release.SetResult();
        await stopping;
        await app.RestartAsync();

        Assert.Equal(5, (await app.EndAsync(id)).ReadOutputAs<int>());
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Tells_the_host_when_a_part_of_it_has_failed()
    {
        var clock = new BreakableClock();
        await using var app = await EngineHarness.StartAsync(new FunctionTable(), options => options with { Time = clock });
        Assert.False(app.Engine.Completion.IsFaulted);

        clock.Broken = true;

        await Assert.ThrowsAsync<NotSupportedException>(() => app.Engine.Completion.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel));
        clock.Broken = false;
    }

    [Fact]
    public async Task Refuses_to_work_before_it_is_started()
    {
        await using var engine = new DurableEngine(
            new FunctionTable(), new DurableEngineOptions { StateFile = "unused" }, NullLoggerFactory.Instance);

        Assert.Throws<InvalidOperationException>(() => engine.Client);
    }

    [Fact]
    public async Task Forgets_idle_orchestrators_and_replays_them_when_needed()
    {
        var begun = 0;
        await using var app = await EngineHarness.StartAsync(
            new FunctionTable().Orchestrator<string>("Waits", context =>
            {
                Interlocked.Increment(ref begun);
                context.SetCustomStatus("waiting");
                return context.WaitForExternalEvent<string>("go");
            }),
            options => options with { KeepInMemory = TimeSpan.Zero });
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("Waits", Cancel);
        await app.ReachedAsync(id, "waiting");

        await app.Client.RaiseEventAsync(id, "go", "on", Cancel);

        Assert.Equal("on", (await app.EndAsync(id)).ReadOutputAs<string>());
        Assert.Equal(2, begun);
    }

    private sealed class BreakableClock : TimeProvider
    {
        public bool Broken { get; set; }

        public override DateTimeOffset GetUtcNow() => Broken ? throw new NotSupportedException("The clock is broken.") : base.GetUtcNow();
    }

    private static object? Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
