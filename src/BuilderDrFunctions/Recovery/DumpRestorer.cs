using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Recovery;

/// <summary>Restores one dump of a set into a database of its own and proves by the fingerprint that it is what was backed up.</summary>
public sealed class DumpRestorer(SetFiles files, IOptions<RecoveryOptions> options, TimeProvider time)
{
    private const int BufferBytes = 256 * 1024;

    // Room for the table of contents beside it, which is of some megabytes with 128 shards.
    private const long ContentsBytes = 64L * 1024 * 1024;

    /// <summary>Reads a dump to its end under its digest, then lists what is in it; nothing is restored.</summary>
    /// <exception cref="PermanentFaultException">DR8001, DR8002, or the tool's own.</exception>
    public async Task<ArchiveFacts> CheckAsync(
        BackupManifest set, DatabaseRecord database, PostgresServer server, Func<int, ValueTask> read, CancellationToken cancellationToken)
    {
        await using (var whole = await files.OpenAsync(set, database.Path, cancellationToken))
        {
            var buffer = new byte[BufferBytes];
            int bytes;
            while ((bytes = await whole.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await read(bytes);
            }
        }

        return await ListAsync(set, database, server, cancellationToken);
    }

    /// <summary>Lists what is in a dump; its size is looked at, and no more of it is read than that takes.</summary>
    /// <exception cref="PermanentFaultException">DR8001, DR8002, or the tool's own.</exception>
    public async Task<ArchiveFacts> ListAsync(BackupManifest set, DatabaseRecord database, PostgresServer server, CancellationToken cancellationToken)
    {
        await using var dump = await files.OpenAsync(set, database.Path, cancellationToken);
        return await server.ListArchiveAsync(dump, SetFiles.CompressionOf(database), cancellationToken);
    }

    /// <summary>Restores into <paramref name="target"/>, a name that is this run's alone: what lies there is of an earlier attempt and goes first.</summary>
    /// <param name="set">The set.</param>
    /// <param name="database">Its dump.</param>
    /// <param name="server">Where to.</param>
    /// <param name="target">The new database.</param>
    /// <param name="owner">The role that it and everything in it belongs to afterwards; null: the one that connects.</param>
    /// <param name="progress">Told bytes read and to read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PermanentFaultException">DR8001, DR8002, DR8004, DR8015, or the tool's own; the target is left behind then, for the caller to drop.</exception>
    public async Task<RestoredDatabase> RestoreAsync(
        BackupManifest set, DatabaseRecord database, PostgresServer server, string target, string? owner, Action<long, long> progress, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var expected = await files.ReadFingerprintAsync(set, database, cancellationToken);
        await DropAsync(server, target, cancellationToken);
        await server.CreateDatabaseAsync(target, owner, expected.Schema.Encoding, expected.Schema.Locale, cancellationToken);

        // Connects to it: the procedure's "verify connectivity".
        if (await server.FindDatabaseAsync(target, cancellationToken) is null)
        {
            throw RecoveryFaults.NotReachable(server.Description, target);
        }

        var (restored, actual) = await LoadAsync(set, database, server, target, owner, expected.Algorithm, progress, cancellationToken);
        var seconds = time.GetElapsedTime(begun).TotalSeconds;
        if (owner is not null && (await server.ListOwnersAsync(target, cancellationToken)).FirstOrDefault(found => found != owner) is { } other)
        {
            throw RecoveryFaults.OwnerDiffers(target, other, owner);
        }

        var differences = FingerprintComparison.Compare(expected, actual);
        return differences.Count == 0
            ? new RestoredDatabase(
                database.Name, target, actual.Tables.Count, actual.Tables.Sum(table => table.Rows), restored.ArchiveBytes,
                Math.Round(restored.Elapsed.TotalSeconds, 3), Math.Round(seconds - restored.Elapsed.TotalSeconds, 3))
            {
                NotCarriedOver = expected.Schema.Locale is { } wanted && !wanted.SortsAs(actual.Schema.Locale)
                    ? [$"database '{database.Name}' sorts text by {actual.Schema.Locale} and not, as before, by {wanted}, which {server.Description} does not take: "
                        + "lists may come in another order; to have it as before, "
                        + (wanted.Name is null ? "give the server's system that locale, restart PostgreSQL and restore again" : $"restore to a PostgreSQL that has the provider {wanted.Provider}")]
                    : null,
            }
            : throw RecoveryFaults.FingerprintDiffers(database.Name, set.Label, differences);
    }

    /// <summary>Drops a database that is this program's own, ending the sessions on it; one that is not there is no error, and one that lets nobody in goes like any other.</summary>
    public static async Task DropAsync(PostgresServer server, string database, CancellationToken cancellationToken)
    {
        await server.TerminateConnectionsAsync(database, cancellationToken);
        await server.DropDatabaseAsync(database, cancellationToken);
    }

    /// <summary>Whether the server's tools can use a staged dump, and the staging folder has room for the dump on a disk.</summary>
    public bool CanStage(DatabaseRecord database, PostgresServer server) =>
        server.CanRestoreStaged && options.Value.Workers > 1 && StagingFree() - options.Value.DiskReserveBytes - ContentsBytes >= database.StoredBytes;

    private async Task<RestoredFacts> LoadAsync(
        BackupManifest set, DatabaseRecord database, PostgresServer server, string target, string? owner, string algorithm, Action<long, long> progress, CancellationToken cancellationToken)
    {
        var request = new RestoreRequest(target, SetFiles.CompressionOf(database), owner) { IndexMemoryBytes = options.Value.IndexMemoryBytes };
        var report = new RestoreReport(database.StoredBytes, progress);
        await using var dump = await files.OpenAsync(set, database.Path, cancellationToken);
        var staging = CanStage(database, server) ? new RestoreStaging(options.Value.StagingFolder, options.Value.Workers) : null;
        return await server.RestoreAndFingerprintAsync(request, dump, staging, algorithm, report, cancellationToken);
    }

    // What lies in memory is not staged: it would take as much of it as the dump has bytes.
    private long StagingFree() =>
        new DriveInfo(Path.GetFullPath(options.Value.StagingFolder)) is { DriveFormat: not ("tmpfs" or "ramfs") } disk ? disk.AvailableFreeSpace : 0;

    private sealed class RestoreReport(long bytes, Action<long, long> progress) : IProgress<RestoreProgress>
    {
        // The staged dump is read in the first tenth of the time: what counts is when pg_restore is done.
        public void Report(RestoreProgress value) => progress(value.StoredBytes, bytes);
    }
}

/// <summary>A restored database whose fingerprint is the backed-up one's.</summary>
/// <param name="Name">The dump's.</param>
/// <param name="Database">Where it was restored to.</param>
/// <param name="Tables">How many.</param>
/// <param name="Rows">In all of them.</param>
/// <param name="ArchiveBytes">What pg_restore read.</param>
/// <param name="RestoreSeconds">Loading it, its rows being digested while indexes were made.</param>
/// <param name="ProofSeconds">What creating it, and the rest of its fingerprint, took besides.</param>
public sealed record RestoredDatabase(
    string Name, string Database, int Tables, long Rows, long ArchiveBytes, double RestoreSeconds, double ProofSeconds)
{
    /// <summary>What of the former database's locale, settings and rights it could not be given; null: nothing.</summary>
    public IReadOnlyList<string>? NotCarriedOver { get; init; }
}
