using System.Diagnostics;
using System.Globalization;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Postgres;

/// <summary>One run of pg_restore.</summary>
/// <param name="tools">Finds it.</param>
/// <param name="server">What is restored to; null: dumps are only listed.</param>
/// <param name="flushesAfter">Its commits need not wait for the server's disk, because the caller makes one that does.</param>
internal sealed class DatabaseRestore(PostgresTools tools, ServerFacts? server = null, bool flushesAfter = false)
{
    private const string Tool = "pg_restore";
    private const string StopsAtErrors = "--exit-on-error";
    private const int TransactionTimeoutSince = 17;
    private const int CopyBytes = 1 << 20;

    /// <summary>Feeds a dump to a single pg_restore.</summary>
    public async Task<RestoreFacts> RunStreamedAsync(RestoreRequest request, Stream dump, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var version = await tools.VersionAsync(Tool, cancellationToken);
        await using var counted = new CountingStream(dump, bytes => progress?.Report(new RestoreProgress(RestoreStep.Restoring, bytes)));
        await using var archive = await ArchiveReader.OpenAsync(counted, request.Compression, cancellationToken);
        RefuseNewer(archive.Header, version);
        await RunAsync(request, Arguments(request, version), archive, cancellationToken);
        return new RestoreFacts(request.Database, archive.ArchiveBytes, version.Text, Stopwatch.GetElapsedTime(begun));
    }

    /// <summary>Stages a dump and lets several processes and connections restore from it.</summary>
    /// <param name="request">What to where.</param>
    /// <param name="dump">The dump.</param>
    /// <param name="staging">Where it is staged, and how many processes restore it.</param>
    /// <param name="help">Loads the rows, and works beside the making of indexes.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<RestoreFacts> RunStagedAsync(
        RestoreRequest request, Stream dump, RestoreStaging staging, RestoreHelp help, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var version = await tools.VersionAsync(Tool, cancellationToken);
        var stored = 0L;
        await using var counted = new CountingStream(dump, bytes => progress?.Report(new RestoreProgress(RestoreStep.Staging, stored = bytes)));
        await using var staged = await StagedArchive.WriteAsync(counted, request.Compression, staging.Folder, cancellationToken);
        await ReadContentsAsync(staged, version, cancellationToken);
        progress?.Report(new RestoreProgress(RestoreStep.Restoring, stored));
        List<string> arguments = [.. Arguments(request, version), string.Create(CultureInfo.InvariantCulture, $"--jobs={Math.Max(1, staging.Workers)}"), staged.ContentsPath];
        await RunAsync(request, ["--section=pre-data", .. arguments], archive: null, cancellationToken);
        var archiveBytes = await RestoreRowsAsync(request, version, help.Rows, staged, cancellationToken);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await FirstFailure.WhenAllAsync(
        [
            FirstFailure.CancelOthersAsync(() => RunAsync(request, ["--section=post-data", .. arguments], archive: null, failed.Token), failed),
            FirstFailure.CancelOthersAsync(() => help.BesideIndexesAsync(failed.Token), failed),
        ]);
        return new RestoreFacts(request.Database, archiveBytes, version.Text, Stopwatch.GetElapsedTime(begun));
    }

    /// <summary>Lists a dump's table of contents.</summary>
    public async Task<ArchiveFacts> ListAsync(Stream dump, DumpCompression compression, CancellationToken cancellationToken)
    {
        // What the dump itself shows is told whatever tools there are.
        await using var archive = await ArchiveReader.OpenAsync(dump, compression, cancellationToken);
        var version = await tools.VersionAsync(Tool, cancellationToken);
        RefuseNewer(archive.Header, version);
        await using var run = await tools.StartAsync(Tool, "", ["--list", "--format=custom"], cancellationToken, fed: true);
        var entries = 0;
        var tables = 0;
        await ConverseAsync(
            run,
            archive,
            token => ReadAsync(
                run,
                line =>
                {
                    if (line.Length > 0 && line[0] != ';')
                    {
                        entries++;
                        tables += line.Contains(" TABLE DATA ", StringComparison.Ordinal) ? 1 : 0;
                    }
                },
                token),
            cancellationToken);
        var exit = await run.CompleteAsync(cancellationToken);
        return exit.Code == 0
            ? new ArchiveFacts(archive.Header.FormatVersion, archive.Header.ServerVersion, archive.Header.ToolVersion, entries, tables)
            : throw Failure(exit, "");
    }

    private List<string> Arguments(RestoreRequest request, ToolVersion version)
    {
        // the database as a connection string, so that no name is taken for one
        var name = request.Database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
        List<string> arguments =
        [
            "--format=custom", "--no-password", "--no-owner",
            string.Create(CultureInfo.InvariantCulture, $"--dbname=dbname='{name}' keepalives_idle={PostgresSession.KeepAliveSeconds}"),
        ];
        if (!SetsWhatServerLacks(version))
        {
            arguments.Add(StopsAtErrors);
        }

        if (request.OwnerRole is not null)
        {
            arguments.Add($"--role={request.OwnerRole}");
        }

        if (!request.WithGrants)
        {
            arguments.Add("--no-privileges");
        }

        return arguments;
    }

    // GIN indexes on a package's dependencies are most of the work after the rows: they are made several times faster when they fit into memory.
    private string? SessionOptions(RestoreRequest request)
    {
        List<string> options = [];
        if (flushesAfter)
        {
            options.Add("-c synchronous_commit=off");
        }

        if (request.IndexMemoryBytes is { } bytes)
        {
            options.Add(string.Create(CultureInfo.InvariantCulture, $"-c maintenance_work_mem={bytes / 1024}kB"));
        }

        return options.Count > 0 ? string.Join(' ', options) : null;
    }

    private static void RefuseNewer(ArchiveHeader header, ToolVersion version)
    {
        if (PostgresTools.Parse(header.ToolVersion) is { } wrote && PostgresTools.MajorOf(wrote.Number) > PostgresTools.MajorOf(version.Number))
        {
            throw PostgresFaults.ArchiveTooNew($"pg_dump {wrote.Text}", version.Text);
        }
    }

    /// <summary>Has pg_restore list a staged archive, which shows how far its table of contents reaches.</summary>
    private async Task ReadContentsAsync(StagedArchive staged, ToolVersion version, CancellationToken cancellationToken)
    {
        await using var archive = await staged.OpenAsync(cancellationToken);
        RefuseNewer(archive.Header, version);
        await using var run = await tools.StartAsync(Tool, "", ["--list", "--format=custom"], cancellationToken, fed: true);
        await ConverseAsync(run, archive, token => ReadAsync(run, static _ => { }, token), cancellationToken, staged.KeepBeginningAsync);
        var exit = await run.CompleteAsync(cancellationToken);
        if (exit.Code != 0)
        {
            throw Failure(exit, "");
        }
    }

    /// <summary>Loads the rows, over several connections where they are in UTF-8, else by one pg_restore; gives the plain archive's size.</summary>
    private async Task<long> RestoreRowsAsync(RestoreRequest request, ToolVersion version, RowLoader rows, StagedArchive staged, CancellationToken cancellationToken)
    {
        await using (var archive = await staged.OpenAsync(cancellationToken))
        {
            if (await LoadRowsAsync(request, rows, archive, cancellationToken))
            {
                return await SizeAsync(archive, cancellationToken);
            }
        }

        await using var again = await staged.OpenAsync(cancellationToken);
        await RunAsync(request, ["--section=data", .. Arguments(request, version)], again, cancellationToken);
        return await SizeAsync(again, cancellationToken);
    }

    // pg_restore stops reading behind the last rows.
    private static async Task<long> SizeAsync(ArchiveReader archive, CancellationToken cancellationToken)
    {
        await archive.CopyToAsync(Stream.Null, cancellationToken);
        return archive.ArchiveBytes;
    }

    /// <summary>Has pg_restore word the rows, and loads them; false, with nothing loaded, where they are not in UTF-8.</summary>
    private async Task<bool> LoadRowsAsync(RestoreRequest request, RowLoader rows, ArchiveReader archive, CancellationToken cancellationToken)
    {
        await using var run = await tools.StartAsync(Tool, "", ["--format=custom", "--section=data", "--file=-"], cancellationToken, fed: true);
        var isLoaded = false;
        await ConverseAsync(
            run,
            archive,
            async token =>
            {
                isLoaded = await rows.LoadAsync(run.Output, token);
                if (!isLoaded)
                {
                    // What it goes on to word nobody reads.
                    run.Abort();
                }
            },
            cancellationToken);
        if (!isLoaded)
        {
            return false;
        }

        var exit = await run.CompleteAsync(cancellationToken);
        return exit.Code == 0 ? true : throw Failure(exit, request.Database);
    }

    private async Task RunAsync(RestoreRequest request, List<string> arguments, Stream? archive, CancellationToken cancellationToken)
    {
        await using var run = await tools.StartAsync(Tool, "", arguments, cancellationToken, SessionOptions(request), fed: true);
        await ConverseAsync(run, archive ?? Stream.Null, token => ReadAsync(run, static _ => { }, token), cancellationToken);
        var exit = await run.CompleteAsync(cancellationToken);
        if (exit.Code != 0 && (arguments.Contains(StopsAtErrors, StringComparer.Ordinal) || !RestoreErrors.AreHarmless(exit.Error)))
        {
            throw Failure(exit, request.Database);
        }
    }

    // From 17 on it begins with SET transaction_timeout = 0 whatever the server, which one up to 16 refuses; told to stop at errors it would stop at that.
    private bool SetsWhatServerLacks(ToolVersion version) =>
        PostgresTools.MajorOf(version.Number) >= TransactionTimeoutSince * 100 && server?.Major < TransactionTimeoutSince;

    /// <summary>Feeds a tool and reads what it prints at the same time; when one fails, the tool is ended, so that the other returns.</summary>
    /// <param name="run">The tool.</param>
    /// <param name="archive">What it is fed with.</param>
    /// <param name="readAsync">Reads what it prints.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="keepAsync">Told what it is fed with, before it gets it.</param>
    private static async Task ConverseAsync(
        IToolRun run, Stream archive, Func<CancellationToken, Task> readAsync, CancellationToken cancellationToken,
        Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask>? keepAsync = null)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var abort = failed.Token.Register(run.Abort);
        var feeding = FirstFailure.CancelOthersAsync(() => FeedAsync(archive, run, keepAsync, failed.Token), failed);
        var reading = FirstFailure.CancelOthersAsync(() => readAsync(failed.Token), failed);
        try
        {
            await FirstFailure.WhenAllAsync([feeding, reading]);
        }
        catch (PermanentFaultException) when (cancellationToken.IsCancellationRequested)
        {
            // The aborted tool broke off in the middle: that is no finding about the dump.
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task ReadAsync(IToolRun run, Action<string> printed, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(run.Output, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            printed(line);
        }
    }

    private static async Task FeedAsync(
        Stream archive, IToolRun run, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask>? keepAsync, CancellationToken cancellationToken)
    {
        var buffer = new byte[CopyBytes];
        int read;
        while ((read = await archive.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (keepAsync is not null)
            {
                await keepAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            try
            {
                await run.Input!.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
            catch (IOException)
            {
                // it has read enough, or failed: its exit code tells
                break;
            }
        }

        await run.Input!.DisposeAsync();
    }

    private FaultException Failure(ToolExit exit, string database)
    {
        var fault = tools.Failure(Tool, exit, database);
        return exit.Error switch
        {
            var text when fault.Code is not PostgresFaults.ToolFailedCode || text.Length == 0 => fault,
            var text when text.Contains("unsupported version", StringComparison.Ordinal) => PostgresFaults.ArchiveTooNew("a newer pg_dump", fault.What),
            var text when text.Contains("end of file", StringComparison.Ordinal) || text.Contains("corrupt", StringComparison.Ordinal)
                || text.Contains("magic string", StringComparison.Ordinal) || text.Contains("could not read", StringComparison.Ordinal)
                || text.Contains("too short", StringComparison.Ordinal) || text.Contains("uncompress", StringComparison.Ordinal) => PostgresFaults.ArchiveDamaged(fault.What),
            var text when text.Contains("role \"", StringComparison.Ordinal) && text.Contains("does not exist", StringComparison.Ordinal) => PostgresFaults.NoSuchRole(database, fault.What),
            var text when text.Contains("No space left", StringComparison.Ordinal) || text.Contains("connection", StringComparison.Ordinal) => fault,
            _ => PostgresFaults.RestoreRefused(database, fault.What),
        };
    }
}
