using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>One run of pg_dump with the fingerprint of the very snapshot it reads.</summary>
internal sealed class DatabaseDump(PostgresEndpoint endpoint, PostgresLimits limits, PostgresTools tools, PostgresGuard guard, NpgsqlDataSource source, ServerFacts server)
{
    private const string Tool = "pg_dump";

    /// <summary>Dumps, and returns only when pg_dump ended well and every byte is written.</summary>
    public async Task<DumpFacts> RunAsync(DumpRequest request, ToolVersion version, Stream destination, IProgress<DumpProgress>? progress, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var fingerprinter = new DatabaseFingerprinter(source, server, FingerprintAlgorithms.BestFor(server));
        await using var snapshot = await guard.RunAsync(() => ExportedSnapshot.TakeAsync(source, endpoint, server, request.Database, cancellationToken), cancellationToken);
        var state = new DumpState(snapshot.Tables.Count, progress);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var dumping = FirstFailure.CancelOthersAsync(() => ArchiveAsync(request, snapshot.Id, destination, state, failed.Token), failed);
        var fingerprinting = FirstFailure.CancelOthersAsync(
            () => guard.RunAsync(() => fingerprinter.ReadAsync(snapshot, FingerprintEffort.Beside, state.Fingerprinted, failed.Token), failed.Token), failed);
        await FirstFailure.WhenAllAsync([dumping, fingerprinting]);
        if (request.ReadInSnapshot is { } read)
        {
            await guard.RunAsync(() => read(snapshot.Connection, cancellationToken), cancellationToken);
        }

        var held = snapshot.Age;
        var archive = await dumping;
        var fingerprint = await fingerprinting;
        fingerprint = await guard.RunAsync(() => fingerprinter.AtEndAsync(fingerprint, cancellationToken), cancellationToken);
        return new DumpFacts(
            request.Database, request.Compression, archive.StoredBytes, archive.StoredSha256, archive.ArchiveBytes,
            server.Version, version.Text, fingerprint, Stopwatch.GetElapsedTime(begun), held);
    }

    private List<string> Arguments(DumpRequest request, string snapshot)
    {
        List<string> arguments =
        [
            "--format=custom", "--no-password", $"--snapshot={snapshot}",
            string.Create(CultureInfo.InvariantCulture, $"--lock-wait-timeout={limits.Lock.TotalMilliseconds:0}"),
        ];
        // zlib's level 5 takes a sixth less time than pg_dump's own choice, 6, and that time is Builder's downtime; the file is 4 % larger.
        arguments.Add(request.Compression == DumpCompression.Zstd ? "--compress=0" : "--compress=5");
        return arguments;
    }

    private async Task<PumpedArchive> ArchiveAsync(DumpRequest request, string snapshot, Stream destination, DumpState state, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(limits.Stall);
        await using var run = await tools.StartAsync(Tool, request.Database, Arguments(request, snapshot), stall.Token);
        await using var abort = stall.Token.Register(run.Abort);
        await using var pump = new ArchivePump(request.Compression);
        try
        {
            var pumped = await pump.RunAsync(
                run.Output,
                destination,
                (read, written) =>
                {
                    stall.CancelAfter(limits.Stall);
                    state.Moved(read, written);
                },
                run.Abort,
                stall.Token);
            var exit = await run.CompleteAsync(stall.Token);
            stall.Token.ThrowIfCancellationRequested();
            return exit.Code == 0 ? pumped : throw tools.Failure(Tool, exit, request.Database);
        }
        catch (OperationCanceledException) when (stall.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw PostgresFaults.Stalled(Tool, limits.Stall);
        }
    }
}

/// <summary>Joins what the dump and the fingerprint tell of their progress.</summary>
internal sealed class DumpState(int tables, IProgress<DumpProgress>? progress)
{
    private readonly Lock _lock = new();
    private DumpProgress _now = new(0, 0, 0, tables);

    public void Moved(long read, long written) => Report(now => now with { ArchiveBytes = read, StoredBytes = written });

    public void Fingerprinted(int done) => Report(now => now with { TablesFingerprinted = Math.Max(done, now.TablesFingerprinted) });

    private void Report(Func<DumpProgress, DumpProgress> change)
    {
        lock (_lock)
        {
            _now = change(_now);
            progress?.Report(_now);
        }
    }
}
