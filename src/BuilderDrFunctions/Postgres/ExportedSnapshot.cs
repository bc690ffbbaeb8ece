using System.Data;
using System.Diagnostics;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>One view of a database that several sessions share: this app's and pg_dump's. Disposing it ends the transaction that offers it.</summary>
internal sealed class ExportedSnapshot : IAsyncDisposable
{
    private const int Attempts = 3;

    private readonly NpgsqlTransaction _transaction;
    private readonly long _begun = Stopwatch.GetTimestamp();

    private ExportedSnapshot(NpgsqlConnection connection, NpgsqlTransaction transaction, string id, IReadOnlyList<TableShape> tables, IReadOnlyDictionary<SqlName, long> positions)
    {
        Connection = connection;
        _transaction = transaction;
        Id = id;
        Tables = tables;
        Positions = positions;
    }

    /// <summary>For <c>pg_dump --snapshot</c> and <c>SET TRANSACTION SNAPSHOT</c>.</summary>
    public string Id { get; }

    /// <summary>In the transaction that holds the snapshot.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>All tables in it, the largest first; none can be changed or emptied while it lives.</summary>
    public IReadOnlyList<TableShape> Tables { get; }

    /// <summary>Where the sequences stood when it was taken, and so before anything else reads them.</summary>
    public IReadOnlyDictionary<SqlName, long> Positions { get; }

    /// <summary>Since it was taken.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_begun);

    /// <summary>Locks every table against changes of its shape, then takes the snapshot.</summary>
    /// <remarks>In this order, because a TRUNCATE that comes between the two would show tables empty that never were.</remarks>
    /// <param name="source">The database's connections.</param>
    /// <param name="endpoint">For messages.</param>
    /// <param name="server">Its facts.</param>
    /// <param name="database">Its name, for messages.</param>
    /// <param name="cancellationToken">Ends the wait for locks.</param>
    /// <param name="schema">Whose tables are seen; null: all.</param>
    /// <param name="mode">How they are locked while it lives.</param>
    public static async Task<ExportedSnapshot> TakeAsync(
        NpgsqlDataSource source, PostgresEndpoint endpoint, ServerFacts server, string database, CancellationToken cancellationToken,
        string? schema = null, TableLock mode = TableLock.AccessShare)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var connection = await source.OpenConnectionAsync(cancellationToken);
            try
            {
                var names = await TableCatalog.ReadNamesAsync(connection, cancellationToken, schema);
                await ReadableCheck.RunAsync(connection, endpoint, database, cancellationToken);
                var transaction = await BeginAsync(connection, cancellationToken);
                await LockedTables.LockAsync(connection, database, names, mode, cancellationToken);
                var id = await ExportAsync(connection, cancellationToken);
                var tables = await TableCatalog.ReadAsync(connection, cancellationToken, schema);
                if (names.SetEquals(tables.Select(table => table.Name)))
                {
                    var positions = await SchemaReader.ReadPositionsAsync(connection, server.VersionNumber, cancellationToken, schema);
                    return new ExportedSnapshot(connection, transaction, id, tables, positions);
                }
            }
            catch (PostgresException gone) when (gone.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
            {
                // dropped between the listing and the lock: list again
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }

            await connection.DisposeAsync();
        }

        throw PostgresFaults.SchemaInMotion(database);
    }

    /// <summary>Begins a transaction that sees this snapshot on a further connection.</summary>
    public Task<NpgsqlTransaction> JoinAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => JoinAsync(connection, Id, cancellationToken);

    /// <summary>Begins a transaction that reads what another session has exported.</summary>
    public static async Task<NpgsqlTransaction> JoinAsync(NpgsqlConnection connection, string id, CancellationToken cancellationToken)
    {
        var transaction = await BeginAsync(connection, cancellationToken);
        await using var command = new NpgsqlCommand($"SET TRANSACTION SNAPSHOT {SqlName.Literal(id)}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }

    /// <summary>True where a snapshot could not be joined because the session that offered it is gone.</summary>
    public static bool IsGone(PostgresException error) =>
        error.SqlState is PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.ObjectNotInPrerequisiteState
        && error.MessageText.Contains("snapshot", StringComparison.Ordinal);

    /// <summary>Offers what the connection's transaction sees to other sessions, for as long as it lasts.</summary>
    public static async Task<string> ExportAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var export = new NpgsqlCommand("SELECT pg_catalog.pg_export_snapshot()", connection);
        return (string)(await export.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // closing the connection ends the transaction; it has nothing to commit
        await _transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var command = new NpgsqlCommand("SET TRANSACTION READ ONLY", connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }
}
