using System.Globalization;
using System.Threading.Channels;
using BuilderDrFunctions.LocalRuntime.Hosting;
using BuilderDrFunctions.LocalRuntime.Tests.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace BuilderDrFunctions.LocalRuntime.Tests.Timers;

/// <summary>Section 6 of the contract: timers, through a real host with a clock of the test's own.</summary>
public sealed class TimerRunnerTests
{
    private static readonly DateTimeOffset Midnight = DateTimeOffset.Parse("2026-11-22T00:00:00Z", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Runs_at_every_occurrence_and_not_before()
    {
        var clock = new FakeTimeProvider(Midnight);
        var nightly = new Runs();
        await using var runtime = await StartAsync<Nightly>(clock, nightly);
        clock.Advance(TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1));
        Assert.Equal(0, nightly.Count);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await nightly.NextAsync()).IsPastDue);
        Assert.Equal(1, nightly.Count);
        clock.Advance(TimeSpan.FromDays(1));
        await nightly.NextAsync();
        Assert.Equal(2, nightly.Count);
    }

    [Fact]
    public async Task The_status_says_when_it_ran_last_and_is_due_next()
    {
        var clock = new FakeTimeProvider(Midnight);
        var nightly = new Runs();
        await using var runtime = await StartAsync<Nightly>(clock, nightly);
        clock.Advance(TimeSpan.FromHours(2));
        await nightly.NextAsync();
        clock.Advance(TimeSpan.FromDays(1));
        var second = await nightly.NextAsync();
        Assert.Equal((Midnight.AddHours(2).UtcDateTime, Midnight.AddHours(26).UtcDateTime), (second.ScheduleStatus!.Last, second.ScheduleStatus.Next));
    }

    [Fact]
    public async Task An_occurrence_missed_while_nothing_ran_is_made_up_for_once_and_says_so()
    {
        using var state = new StateFolder();
        var clock = new FakeTimeProvider(Midnight);
        await using (await StartAsync<Nightly>(clock, new Runs(), state.Path))
        {
        }

        clock.Advance(TimeSpan.FromDays(3));
        var nightly = new Runs();
        await using (await StartAsync<Nightly>(clock, nightly, state.Path))
        {
            Assert.True((await nightly.NextAsync()).IsPastDue);
            clock.Advance(TimeSpan.FromHours(2));
            Assert.False((await nightly.NextAsync()).IsPastDue);
        }

        Assert.Equal(2, nightly.Count);
    }

    [Fact]
    public async Task A_restart_before_the_occurrence_neither_loses_nor_adds_a_run()
    {
        using var state = new StateFolder();
        var clock = new FakeTimeProvider(Midnight);
        await using (await StartAsync<Nightly>(clock, new Runs(), state.Path))
        {
        }

        clock.Advance(TimeSpan.FromHours(1));
        var nightly = new Runs();
        await using var runtime = await StartAsync<Nightly>(clock, nightly, state.Path);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.False((await nightly.NextAsync()).IsPastDue);
        Assert.Equal(1, nightly.Count);
    }

    [Fact]
    public async Task A_changed_schedule_begins_anew_without_a_run_for_the_old_one()
    {
        using var state = new StateFolder();
        var clock = new FakeTimeProvider(Midnight);
        await using (await StartAsync<FromSetting>(clock, new Runs(), state.Path, ("Schedules:Test", "0 0 2 * * *")))
        {
        }

        clock.Advance(TimeSpan.FromHours(5));
        var runs = new Runs();
        await using var runtime = await StartAsync<FromSetting>(clock, runs, state.Path, ("Schedules:Test", "0 0 4 * * *"));
        clock.Advance(TimeSpan.FromHours(22));
        Assert.Equal(0, runs.Count);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.False((await runs.NextAsync()).IsPastDue);
        Assert.Equal(1, runs.Count);
    }

    [Fact]
    public async Task A_run_that_throws_does_not_end_the_schedule()
    {
        var clock = new FakeTimeProvider(Midnight);
        var runs = new Runs { OnRun = _ => throw new InvalidOperationException("out of tapes") };
        await using var runtime = await StartAsync<Nightly>(clock, runs);
        clock.Advance(TimeSpan.FromHours(2));
        await runs.NextAsync();
        clock.Advance(TimeSpan.FromDays(1));
        await runs.NextAsync();
        Assert.Contains(runtime.Log.Lines, line => line.Level == LogLevel.Error && line.Text.Contains("out of tapes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Runs_of_one_timer_never_overlap()
    {
        var clock = new FakeTimeProvider(Midnight);
        using var finish = new SemaphoreSlim(0);
        var runs = new Runs { OnRun = finish.WaitAsync };
        await using var runtime = await StartAsync<Nightly>(clock, runs);
        clock.Advance(TimeSpan.FromHours(2));
        await runs.NextAsync();
        using var order = await runtime.PostAsync("/admin/functions/Nightly", runtime.MasterKey, "{}");
        clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal((1, 1), (runs.Count, runs.Most));
        finish.Release(3);
        await runs.NextAsync();
        await runs.NextAsync();
        Assert.Equal(1, runs.Most);
    }

    [Fact]
    public async Task RunOnStartup_runs_at_once_and_then_by_the_schedule()
    {
        var clock = new FakeTimeProvider(Midnight);
        var runs = new Runs();
        await using var runtime = await StartAsync<AtStartup>(clock, runs);
        Assert.False((await runs.NextAsync()).IsPastDue);
        clock.Advance(TimeSpan.FromHours(2));
        await runs.NextAsync();
        Assert.Equal(2, runs.Count);
    }

    [Fact]
    public async Task A_schedule_finer_than_a_minute_keeps_no_status()
    {
        using var state = new StateFolder();
        var clock = new FakeTimeProvider(Midnight);
        await using (await StartAsync<EveryTenSeconds>(clock, new Runs(), state.Path))
        {
        }

        clock.Advance(TimeSpan.FromHours(1));
        var runs = new Runs();
        await using var runtime = await StartAsync<EveryTenSeconds>(clock, runs, state.Path);
        clock.Advance(TimeSpan.FromSeconds(10));
        var first = await runs.NextAsync();
        Assert.Equal((false, null), (first.IsPastDue, first.ScheduleStatus));
    }

    [Fact]
    public async Task A_clock_set_back_a_little_does_not_run_an_occurrence_twice()
    {
        using var state = new StateFolder();
        var clock = new FakeTimeProvider(Midnight.AddHours(1));
        var first = new Runs();
        await using (await StartAsync<Nightly>(clock, first, state.Path))
        {
            clock.Advance(TimeSpan.FromHours(1));
            await first.NextAsync();
        }

        var back = new FakeTimeProvider(Midnight.AddHours(2).AddMinutes(-10));
        var second = new Runs();
        await using var runtime = await StartAsync<Nightly>(back, second, state.Path);
        back.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, second.Count);
        back.Advance(TimeSpan.FromHours(24));
        await second.NextAsync();
        Assert.Equal(1, second.Count);
    }

    [Fact]
    public async Task A_clock_that_stood_years_ahead_does_not_silence_a_timer()
    {
        using var state = new StateFolder();
        await using (await StartAsync<Nightly>(new FakeTimeProvider(Midnight.AddYears(4)), new Runs(), state.Path))
        {
        }

        var clock = new FakeTimeProvider(Midnight);
        var runs = new Runs();
        await using var runtime = await StartAsync<Nightly>(clock, runs, state.Path);
        clock.Advance(TimeSpan.FromHours(2));
        Assert.False((await runs.NextAsync()).IsPastDue);
    }

    [Fact]
    public async Task A_disabled_timer_runs_only_when_told_to()
    {
        var clock = new FakeTimeProvider(Midnight);
        var runs = new Runs();
        await using var runtime = await StartAsync<Nightly>(clock, runs, null, ("AzureWebJobs.Nightly.Disabled", "true"));
        clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(0, runs.Count);
        using var order = await runtime.PostAsync("/admin/functions/Nightly", runtime.MasterKey, """{"input":""}""");
        Assert.Equal(System.Net.HttpStatusCode.Accepted, order.StatusCode);
        await runs.NextAsync();
        Assert.Equal(1, runs.Count);
    }

    [Fact]
    public async Task A_service_that_fails_when_it_is_disposed_does_not_end_the_schedule()
    {
        var clock = new FakeTimeProvider(Midnight);
        var runs = new Runs();
        await using var runtime = await RuntimeUnderTest.StartAsync(
            [typeof(NightlyWithBadService)], builder => builder.Services.AddSingleton<TimeProvider>(clock).AddSingleton(runs).AddScoped<BadService>());
        await runtime.Log.UntilAsync("is due next");
        clock.Advance(TimeSpan.FromHours(2));
        await runs.NextAsync();
        await runtime.Log.UntilAsync("Executed 'NightlyWithBadService' (Failed");
        clock.Advance(TimeSpan.FromDays(1));
        await runs.NextAsync();
    }

    [Fact]
    public async Task A_run_past_the_functions_time_limit_is_cancelled()
    {
        var clock = new FakeTimeProvider(Midnight);
        var ended = new TaskCompletionSource<bool>();
        var runs = new Runs
        {
            OnRun = async cancelled =>
            {
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancelled);
                }
                finally
                {
                    ended.SetResult(cancelled.IsCancellationRequested);
                }
            },
        };
        await using var runtime = await StartAsync<Nightly>(clock, runs, null, ("AzureFunctionsJobHost:functionTimeout", "00:10:00"));
        clock.Advance(TimeSpan.FromHours(2));
        await runs.NextAsync();
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.True(await ended.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_run_under_way_ends_before_the_host_does_and_is_not_repeated()
    {
        using var state = new StateFolder();
        var clock = new FakeTimeProvider(Midnight);
        using var finish = new SemaphoreSlim(0);
        var runs = new Runs { OnRun = finish.WaitAsync };
        var first = await StartAsync<Nightly>(clock, runs, state.Path);
        clock.Advance(TimeSpan.FromHours(2));
        await runs.NextAsync();
        var stopped = first.DisposeAsync();
        await first.Log.UntilAsync("Stopping: requests");
        finish.Release();
        await stopped;
        var again = new Runs();
        await using var second = await StartAsync<Nightly>(clock, again, state.Path);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.False((await again.NextAsync()).IsPastDue);
        Assert.Equal((1, 1), (runs.Count, again.Count));
    }

    [Fact]
    public async Task A_run_cut_short_by_the_stop_is_made_up_for_at_the_next_start()
    {
        using var state = new StateFolder();
        var clock = new FakeTimeProvider(Midnight);
        var runs = new Runs { OnRun = cancelled => Task.Delay(Timeout.InfiniteTimeSpan, clock, cancelled) };
        await using (await StartAsync<Nightly>(clock, runs, state.Path, ("LocalRuntime:DrainTimeout", "00:00:00.1")))
        {
            clock.Advance(TimeSpan.FromHours(2));
            await runs.NextAsync();
        }

        var again = new Runs();
        await using var second = await StartAsync<Nightly>(clock, again, state.Path);
        Assert.True((await again.NextAsync()).IsPastDue);
    }

    [Fact]
    public async Task A_status_file_that_cannot_be_read_stops_the_start_and_is_named()
    {
        using var state = new StateFolder();
        var file = Path.Combine(state.Path, "timers.json");
        await File.WriteAllTextAsync(file, "{ torn", TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<FunctionsStartupException>(() => StartAsync<Nightly>(new FakeTimeProvider(Midnight), new Runs(), state.Path));
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
    }

    private static async Task<RuntimeUnderTest> StartAsync<T>(
        FakeTimeProvider clock, Runs runs, string? folder = null, params (string Key, string Value)[] settings)
    {
        var runtime = await RuntimeUnderTest.StartAsync(
            [typeof(T)],
            builder => builder.Services.AddSingleton<TimeProvider>(clock).AddSingleton(runs),
            folder,
            settings.ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.Ordinal));

        // the clock must not move before the timer has read it
        await (settings.Any(setting => setting.Key.EndsWith("Disabled", StringComparison.Ordinal)) ? Task.CompletedTask : runtime.Log.UntilAsync("is due next"));
        return runtime;
    }

    private sealed class Nightly(Runs runs)
    {
        [Function(nameof(Nightly))]
        public Task RunAsync([TimerTrigger("0 0 2 * * *")] TimerInfo timer, CancellationToken cancellationToken) => runs.RunAsync(timer, cancellationToken);
    }

    private sealed class FromSetting(Runs runs)
    {
        [Function(nameof(FromSetting))]
        public Task RunAsync([TimerTrigger("%Schedules:Test%")] TimerInfo timer, CancellationToken cancellationToken) => runs.RunAsync(timer, cancellationToken);
    }

    private sealed class AtStartup(Runs runs)
    {
        [Function(nameof(AtStartup))]
        public Task RunAsync([TimerTrigger("0 0 2 * * *", RunOnStartup = true)] TimerInfo timer, CancellationToken cancellationToken) => runs.RunAsync(timer, cancellationToken);
    }

    private sealed class EveryTenSeconds(Runs runs)
    {
        [Function(nameof(EveryTenSeconds))]
        public Task RunAsync([TimerTrigger("*/10 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => runs.RunAsync(timer, cancellationToken);
    }

    private sealed class NightlyWithBadService(Runs runs, BadService bad)
    {
        [Function(nameof(NightlyWithBadService))]
        public Task RunAsync([TimerTrigger("0 0 2 * * *")] TimerInfo timer, CancellationToken cancellationToken) => bad.Use(() => runs.RunAsync(timer, cancellationToken));
    }

    private sealed class BadService : IDisposable
    {
        public Task Use(Func<Task> run) => _isDisposed ? throw new ObjectDisposedException(nameof(BadService)) : run();

        private bool _isDisposed;

        public void Dispose()
        {
            _isDisposed = true;
            throw new InvalidOperationException("it cannot be disposed");
        }
    }

    private sealed class Runs
    {
        private readonly Channel<TimerInfo> seen = Channel.CreateUnbounded<TimerInfo>();
        private int count;
        private int now;

        public Func<CancellationToken, Task> OnRun { get; init; } = _ => Task.CompletedTask;

        public int Count => count;

        public int Most { get; private set; }

        public async Task RunAsync(TimerInfo timer, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref count);
            Most = Math.Max(Most, Interlocked.Increment(ref now));
            seen.Writer.TryWrite(timer);
            try
            {
                await OnRun(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref now);
            }
        }

        public async Task<TimerInfo> NextAsync() =>
            await seen.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }
}
