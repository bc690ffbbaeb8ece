using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>A Builder's PostgreSQL server: looks at it, dumps, fingerprints and restores its databases.</summary>
/// <remarks>Errors are <see cref="FaultException"/>s (DR3xxx) whose text holds no secret.</remarks>
/// <param name="endpoint">How to reach server and tools.</param>
/// <param name="host">The Builder host; needed only when the tools run there.</param>
public sealed class PostgresServer(PostgresEndpoint endpoint, IBuilderHost? host)
{
    internal const string Builder = "builder";
    private const string DumpTool = "pg_dump";
    private static readonly string[] MaintenanceDatabases = ["postgres", "template1"];

    /// <summary>How long it waits for what.</summary>
    public PostgresLimits Limits { get; init; } = new();

    /// <summary>Server and role, for messages.</summary>
    public string Description { get; } = endpoint.ToString();

    /// <summary>Whether a dump can be staged for several processes: not for tools that run on the Builder host, to which it is streamed.</summary>
    public bool CanRestoreStaged => !Tools.AreRemote;

    private PostgresTools Tools => new(endpoint, Limits, host);

    /// <summary>Connects and asks the server about itself.</summary>
    public Task<ServerFacts> ProbeAsync(CancellationToken cancellationToken) =>
        WithMaintenanceAsync(ServerReader.ReadFactsAsync, cancellationToken);

    /// <summary><c>builder</c>, or, before the merges, every <c>builder_*srv</c> database; none is a permanent fault.</summary>
    public async Task<IReadOnlyList<DatabaseFacts>> ListBuilderDatabasesAsync(CancellationToken cancellationToken)
    {
        // Also one that is closed for the moment: what it was merged from may lie beside it for years, and is not it.
        var names = await WithMaintenanceAsync(ServerReader.ReadAllNamesAsync, cancellationToken);
        var chosen = names.Contains(Builder, StringComparer.Ordinal)
            ? [Builder]
            : names.Where(IsFromBeforeTheMerges).ToList();
        if (chosen.Count == 0)
        {
            throw PostgresFaults.NoBuilderDatabases(endpoint);
        }

        var databases = new List<DatabaseFacts>();
        foreach (var name in chosen)
        {
            databases.Add(await WithDatabaseAsync(name, ServerReader.ReadDatabaseAsync, cancellationToken));
        }

        return databases;
    }

    /// <summary>Whether a database of this name is one or another of those that became <c>builder</c>: by itself it is never all of a Builder.</summary>
    internal static bool IsFromBeforeTheMerges(string database) => database.StartsWith("builder_", StringComparison.Ordinal) && database.EndsWith("srv", StringComparison.Ordinal);

    /// <summary>The names of all databases that allow connections, in ordinal order.</summary>
    public Task<IReadOnlyList<string>> ListDatabasesAsync(CancellationToken cancellationToken) => WithMaintenanceAsync(ServerReader.ReadNamesAsync, cancellationToken);

    /// <summary>A database's facts, or null when there is none of that name.</summary>
    public async Task<DatabaseFacts?> FindDatabaseAsync(string database, CancellationToken cancellationToken)
    {
        var names = await WithMaintenanceAsync(ServerReader.ReadNamesAsync, cancellationToken);
        return names.Contains(database, StringComparer.Ordinal) ? await WithDatabaseAsync(database, ServerReader.ReadDatabaseAsync, cancellationToken) : null;
    }

    /// <summary>Gives a database the settings, the connection limit and the rights of another one; what this role may not do comes back as sentences.</summary>
    public Task<IReadOnlyList<string>> CopyPropertiesAsync(string from, string to, CancellationToken cancellationToken) =>
        WithMaintenanceAsync((connection, token) => DatabaseProperties.CopyAsync(connection, from, to, token), cancellationToken);

    /// <summary>The role that owns a database, or null when there is none of that name. It is not connected to: it may be closed, damaged or half dropped.</summary>
    public Task<string?> FindOwnerAsync(string database, CancellationToken cancellationToken) =>
        WithMaintenanceAsync((connection, token) => ServerReader.ReadOwnerAsync(connection, database, token), cancellationToken);

    /// <summary>Whether a database is what an interrupted DROP left: it lets nobody in for ever, and only another DROP removes it.</summary>
    public Task<bool> IsHalfDroppedAsync(string database, CancellationToken cancellationToken) =>
        WithMaintenanceAsync((connection, token) => ServerReader.ReadIsHalfDroppedAsync(connection, database, token), cancellationToken);

    /// <summary>The roles that a database and its tables belong to, who has most of them first: that is the one Builder connects as. None when there is none of that name.</summary>
    public async Task<IReadOnlyList<string>> ListOwnersAsync(string database, CancellationToken cancellationToken) =>
        await FindOwnerAsync(database, cancellationToken) is null ? [] : await WithDatabaseAsync(database, ServerReader.ReadOwnersAsync, cancellationToken);

    /// <summary>Whether the role that connects may act as another one; null when the server has none of that name.</summary>
    public Task<bool?> MayActAsAsync(string role, CancellationToken cancellationToken) =>
        WithMaintenanceAsync((connection, token) => ServerReader.ReadMayActAsAsync(connection, role, token), cancellationToken);

    /// <summary>pg_dump's version; a missing one, or one older than the server, is a permanent fault.</summary>
    public async Task<ToolVersion> CheckToolsAsync(CancellationToken cancellationToken)
    {
        var version = await Tools.VersionAsync(DumpTool, cancellationToken);
        var server = await ProbeAsync(cancellationToken);
        return PostgresTools.MajorOf(version.Number) < PostgresTools.MajorOf(server.VersionNumber)
            ? throw PostgresFaults.ToolTooOld(DumpTool, version.Text, server.Version)
            : version;
    }

    /// <summary>Proves that a database could be dumped now: pg_dump gets in, every table and sequence may be read, and the lock table is large enough.</summary>
    public async Task<DatabaseFacts> CheckDumpableAsync(string database, CancellationToken cancellationToken)
    {
        var server = await ProbeAsync(cancellationToken);
        var facts = await WithDatabaseAsync(
            database,
            async (connection, token) =>
            {
                await ReadableCheck.RunAsync(connection, endpoint, database, token);
                return await ServerReader.ReadDatabaseAsync(connection, token);
            },
            cancellationToken);
        if (facts.Tables > LockCapacity.Usable(server))
        {
            throw PostgresFaults.TooFewLocks(
                database, $"{facts.Tables} tables must be locked at once, and there is room for {LockCapacity.Usable(server)}", LockCapacity.Needed(server, facts.Tables));
        }

        await Tools.CheckConnectsAsync(DumpTool, database, cancellationToken);
        return facts;
    }

    /// <summary>Connections to one database, unpooled, with every setting that words results fixed. The caller disposes it.</summary>
    public NpgsqlDataSource Connect(string database) => PostgresSession.Source(endpoint, Limits, database);

    /// <summary>Works on one database; what Npgsql throws meanwhile becomes a fault.</summary>
    public async Task<T> UseAsync<T>(string database, Func<NpgsqlDataSource, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var source = Connect(database);
        return await new PostgresGuard(endpoint, Limits, database).RunAsync(() => work(source, cancellationToken), cancellationToken);
    }

    /// <summary>Works for all of the server, on the first maintenance database that lets this role in: one of the two may be missing or closed, to it or to all.</summary>
    internal async Task<T> WithMaintenanceAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> action, CancellationToken cancellationToken, string? except = null)
    {
        var faults = new List<FaultException>();
        foreach (var database in MaintenanceDatabases.Where(name => !string.Equals(name, except, StringComparison.Ordinal)))
        {
            var isIn = false;
            try
            {
                return await WithDatabaseAsync(
                    database,
                    (connection, token) =>
                    {
                        isIn = true;
                        return action(connection, token);
                    },
                    cancellationToken);
            }
            catch (FaultException e) when (!isIn && e.Code is PostgresFaults.NoDatabaseCode or PostgresFaults.NotAllowedCode or PostgresFaults.TooManyConnectionsCode)
            {
                faults.Add(e);
            }
        }

        throw faults.Find(static fault => fault is TransientFaultException) ?? faults[0];
    }

    /// <summary>Locks one schema's tables against writes and offers what they hold to several connections. The caller disposes it.</summary>
    internal Task<ExportedSnapshot> FreezeAsync(NpgsqlDataSource source, ServerFacts server, string database, string schema, CancellationToken cancellationToken) =>
        ExportedSnapshot.TakeAsync(source, endpoint, server, database, cancellationToken, schema, TableLock.Share);

    /// <summary>Dumps a database into a stream and fingerprints the same snapshot. Returns only when pg_dump ended well and every byte is written.</summary>
    public async Task<DumpFacts> DumpAsync(DumpRequest request, Stream destination, IProgress<DumpProgress>? progress, CancellationToken cancellationToken)
    {
        var version = await CheckToolsAsync(cancellationToken);
        var server = await ProbeAsync(cancellationToken);
        await using var source = Connect(request.Database);
        var dump = new DatabaseDump(endpoint, Limits, Tools, new PostgresGuard(endpoint, Limits, request.Database), source, server);
        return await dump.RunAsync(request, version, destination, progress, cancellationToken);
    }

    /// <summary>Fingerprints a database under a snapshot of its own.</summary>
    /// <param name="database">Its name.</param>
    /// <param name="algorithm">The one to compare with; null: the best one that the server has.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<DatabaseFingerprint> FingerprintAsync(string database, string? algorithm, CancellationToken cancellationToken)
    {
        var server = await ProbeAsync(cancellationToken);
        var chosen = algorithm is null ? FingerprintAlgorithms.BestFor(server) : FingerprintAlgorithms.Checked(algorithm, server);
        await using var source = Connect(database);
        return await new PostgresGuard(endpoint, Limits, database).RunAsync(
            async () =>
            {
                var fingerprinter = new DatabaseFingerprinter(source, server, chosen);
                await using var snapshot = await ExportedSnapshot.TakeAsync(source, endpoint, server, database, cancellationToken);
                var fingerprint = await fingerprinter.ReadAsync(snapshot, FingerprintEffort.Alone, progress: null, cancellationToken);
                return await fingerprinter.AtEndAsync(fingerprint, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>A database's locale, or null when there is none of that name.</summary>
    public Task<DatabaseLocale?> FindLocaleAsync(string database, CancellationToken cancellationToken) =>
        WithMaintenanceAsync((connection, token) => ServerReader.ReadLocaleAsync(connection, database, token), cancellationToken);

    /// <summary>Creates an empty database from template0; one that exists already is a permanent fault.</summary>
    /// <param name="database">Its name.</param>
    /// <param name="owner">Whose it is; null: the role's that connects.</param>
    /// <param name="encoding">Such as <c>UTF8</c> or <c>SQL_ASCII</c>.</param>
    /// <param name="locale">The one wanted; where the server does not take it, or null: the server's own, or C where the encoding asks for it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task CreateDatabaseAsync(string database, string? owner, string encoding, DatabaseLocale? locale, CancellationToken cancellationToken) => AdministerAsync(
        database, $"create database '{database}'", (connection, token) => DatabaseAdministration.CreateAsync(connection, database, owner, encoding, locale, token), cancellationToken);

    /// <summary>Drops a database; false when there was none. Open sessions are a fault: see <see cref="TerminateConnectionsAsync"/>. Once begun it is not canceled.</summary>
    public Task<bool> DropDatabaseAsync(string database, CancellationToken cancellationToken) => AdministerAsync(
        database, $"drop database '{database}'", (connection, token) => DatabaseAdministration.DropAsync(connection, database, token), cancellationToken);

    /// <summary>Renames a database; open sessions are a fault.</summary>
    public Task RenameDatabaseAsync(string database, string newName, CancellationToken cancellationToken) => AdministerAsync(
        database, $"rename database '{database}' to '{newName}'", (connection, token) => DatabaseAdministration.RenameAsync(connection, database, newName, token), cancellationToken);

    /// <summary>The sessions on a database, without this one.</summary>
    public Task<IReadOnlyList<ConnectionFacts>> ListConnectionsAsync(string database, CancellationToken cancellationToken) =>
        WithMaintenanceAsync((connection, token) => ServerReader.ReadConnectionsAsync(connection, database, token), cancellationToken);

    /// <summary>Ends the sessions on a database and waits until they are gone; gives how many there were.</summary>
    public Task<int> TerminateConnectionsAsync(string database, CancellationToken cancellationToken) => AdministerAsync(
        database, $"end the sessions on database '{database}'", (connection, token) => DatabaseAdministration.TerminateAsync(connection, database, token), cancellationToken);

    /// <summary>Restores a dump that is read from a stream into an empty database, in one process.</summary>
    public async Task<RestoreFacts> RestoreAsync(RestoreRequest request, Stream dump, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken) =>
        await new DatabaseRestore(Tools, await ProbeAsync(cancellationToken)).RunStreamedAsync(request, dump, progress, cancellationToken);

    /// <summary>Restores a dump into an empty database and fingerprints what arrived there. Durable on the server's disk when it returns.</summary>
    /// <param name="request">What to where.</param>
    /// <param name="dump">The dump.</param>
    /// <param name="staging">Staged, rows are loaded through several connections and digested while indexes are made; null: it is streamed to one pg_restore.</param>
    /// <param name="algorithm">The fingerprint to compare with.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<RestoredFacts> RestoreAndFingerprintAsync(
        RestoreRequest request, Stream dump, RestoreStaging? staging, string algorithm, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        var server = await ProbeAsync(cancellationToken);
        var chosen = FingerprintAlgorithms.Checked(algorithm, server);
        await using var source = PostgresSession.Source(endpoint, Limits, request.Database, request.OwnerRole);
        var fingerprinter = new DatabaseFingerprinter(source, server, chosen);
        var guard = new PostgresGuard(endpoint, Limits, request.Database);
        IReadOnlyList<TableFingerprint>? tables = null;
        var restore = new DatabaseRestore(Tools, server, flushesAfter: true);
        var restored = staging is null
            ? await restore.RunStreamedAsync(request, dump, progress, cancellationToken)
            : await restore.RunStagedAsync(
                request, dump, staging,
                new RestoreHelp(
                    new RowLoader(source, guard, staging.Workers),
                    async token => tables = await guard.RunAsync(() => fingerprinter.ReadFilledAsync(FingerprintEffort.BesideIndexes, token), token)),
                progress, cancellationToken);
        var fingerprint = await guard.RunAsync(
            async () =>
            {
                await DatabaseAdministration.FlushAsync(source, cancellationToken);
                await using var snapshot = await ExportedSnapshot.TakeAsync(source, endpoint, server, request.Database, cancellationToken);
                return tables is null
                    ? await fingerprinter.ReadAsync(snapshot, FingerprintEffort.Alone, progress: null, cancellationToken)
                    : await fingerprinter.WholeAsync(snapshot, tables, cancellationToken);
            },
            cancellationToken);
        return new RestoredFacts(restored, fingerprint);
    }

    /// <summary>Lists a stored dump with pg_restore, which reads no further than its table of contents; a damaged or too new one is a permanent fault.</summary>
    public Task<ArchiveFacts> ListArchiveAsync(Stream dump, DumpCompression compression, CancellationToken cancellationToken) =>
        new DatabaseRestore(Tools).ListAsync(dump, compression, cancellationToken);

    private Task<T> AdministerAsync<T>(string database, string action, Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var guard = new PostgresGuard(endpoint, Limits, database);
        return WithMaintenanceAsync(
            (connection, token) => guard.RunAsync(
                async () =>
                {
                    try
                    {
                        return await work(connection, token);
                    }
                    catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege)
                    {
                        throw PostgresFaults.NotPrivileged(endpoint, action, e.MessageText);
                    }
                    catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ObjectInUse)
                    {
                        throw PostgresFaults.DatabaseInUse(database, ServerReader.Describe(await ServerReader.ReadConnectionsAsync(connection, database, token)));
                    }
                },
                token),
            cancellationToken,
            except: database);
    }

    private async Task<T> WithDatabaseAsync<T>(string database, Func<NpgsqlConnection, CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        await using var source = Connect(database);
        return await new PostgresGuard(endpoint, Limits, database).RunAsync(
            async () =>
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                return await action(connection, cancellationToken);
            },
            cancellationToken);
    }
}
