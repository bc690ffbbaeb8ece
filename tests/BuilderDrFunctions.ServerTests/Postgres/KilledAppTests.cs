using System.Diagnostics;
using System.Globalization;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

public sealed class KilledAppTests(Servers servers)
{
    private const string Target = "BUILDERDR_TEST_KILLED_DUMP";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pg_dump_dies_with_an_app_that_is_killed()
    {
        await using var database = await servers.NewDatabaseAsync();
        var cluster = database.Cluster;
        // more than the pipe holds, so that it waits for its reader
        await cluster.ExecuteAsync(database.Name, "CREATE TABLE noise AS SELECT md5(i::text) AS t FROM generate_series(1, 1000000) i", Cancellation);
        var program = Path.ChangeExtension(typeof(KilledAppTests).Assembly.Location, extension: null);
        var start = new ProcessStartInfo(program, ["-method", $"{typeof(KilledAppTests).FullName}.{nameof(A_dump_whose_store_takes_nothing_waits_until_it_is_cancelled)}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { [Target] = string.Join('\n', cluster.Host, $"{cluster.Port}", cluster.Username, cluster.Password, cluster.ToolsFolder, database.Name) },
        };
        using var app = Process.Start(start)!;
        var output = app.StandardOutput.ReadToEndAsync(Cancellation);
        try
        {
            var began = await Condition.TryAwaitAsync(
                _ => Task.FromResult(app.HasExited || PostgresAccess.ToolProcesses("pg_dump", database.Name).Count == 1), TimeSpan.FromSeconds(60), Cancellation);
            Assert.True(began && !app.HasExited, app.HasExited ? await output : "no dump began");
        }
        finally
        {
            app.Kill();
        }

        Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(PostgresAccess.ToolProcesses("pg_dump", database.Name).Count == 0), TimeSpan.FromSeconds(5), Cancellation));
        Assert.True(await Condition.TryAwaitAsync(
            async token => (await cluster.Server().ListConnectionsAsync(database.Name, token)).Count == 0, TimeSpan.FromSeconds(20), Cancellation));
    }

    /// <summary>Told a database by its environment it is the app that is to be killed, and is never cancelled.</summary>
    [Fact]
    public async Task A_dump_whose_store_takes_nothing_waits_until_it_is_cancelled()
    {
        if (Environment.GetEnvironmentVariable(Target)?.Split('\n') is [var host, var port, var username, var password, var tools, var name])
        {
            var endpoint = new PostgresEndpoint { Host = host, Port = int.Parse(port, CultureInfo.InvariantCulture), Username = username, Password = password, Tools = tools };
            await using var never = new NeverStore(() => { });
            await new PostgresServer(endpoint, host: null).DumpAsync(new DumpRequest(name), never, progress: null, Cancellation);
        }

        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(database.Name, "CREATE TABLE noise AS SELECT md5(i::text) AS t FROM generate_series(1, 1000000) i", Cancellation);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var store = new NeverStore(() => cancel.CancelAfter(TimeSpan.FromMilliseconds(200)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => database.Cluster.Server().DumpAsync(new DumpRequest(database.Name), store, progress: null, cancel.Token));
        Assert.Empty(PostgresAccess.ToolProcesses("pg_dump", database.Name));
    }

    private sealed class NeverStore(Action asked) : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            asked();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }
}
