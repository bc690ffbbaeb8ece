using System.Collections.Concurrent;
using System.Data;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Reads a database's fingerprint under a snapshot, on several connections.</summary>
internal sealed class DatabaseFingerprinter(NpgsqlDataSource source, ServerFacts server, string algorithm)
{
    // A reader's transaction keeps a lock on every index it met: with 128 shards all of them would fill the lock table.
    private const int PartsPerTransaction = 50;

    /// <summary>The fingerprint of what <paramref name="snapshot"/> shows. Sequence positions at the end are those at the beginning: see <see cref="AtEndAsync"/>.</summary>
    public async Task<DatabaseFingerprint> ReadAsync(ExportedSnapshot snapshot, FingerprintEffort effort, Action<int>? progress, CancellationToken cancellationToken)
    {
        var reading = new TableReading(snapshot.JoinAsync, PartsPerTransaction, effort);
        return await WholeAsync(snapshot, await ReadTablesAsync(snapshot.Tables, reading, progress, cancellationToken), cancellationToken);
    }

    /// <summary>The digests of a database that was just filled and that nobody else writes to, while its indexes and constraints are being made.</summary>
    /// <remarks>
    /// No snapshot is shared and no table is held: each part is a transaction of its own, so that a constraint that wants a table for itself waits for
    /// one part at most. The reader in turn waits as long as that takes.
    /// </remarks>
    public async Task<IReadOnlyList<TableFingerprint>> ReadFilledAsync(FingerprintEffort effort, CancellationToken cancellationToken)
    {
        IReadOnlyList<TableShape> tables;
        await using (var connection = await source.OpenConnectionAsync(cancellationToken))
        {
            await WaitForLocksAsync(connection, cancellationToken);
            tables = await TableCatalog.ReadAsync(connection, cancellationToken);
        }

        return await ReadTablesAsync(tables, new TableReading(BeginAsync, PartsPerTransaction: 1, effort), progress: null, cancellationToken);
    }

    /// <summary>The fingerprint of what a snapshot shows, given the digests of its tables.</summary>
    public async Task<DatabaseFingerprint> WholeAsync(ExportedSnapshot snapshot, IReadOnlyList<TableFingerprint> tables, CancellationToken cancellationToken)
    {
        var objects = await SchemaReader.ReadObjectsAsync(snapshot.Connection, server.VersionNumber, algorithm, cancellationToken);
        var encoding = await EncodingAsync(snapshot.Connection, cancellationToken);
        var sequences = snapshot.Positions.OrderBy(entry => entry.Key, SqlName.Order).Select(entry => new SequenceFacts(entry.Key.Schema, entry.Key.Name, entry.Value, entry.Value));
        var locale = await ServerReader.ReadLocaleAsync(snapshot.Connection, snapshot.Connection.Database, cancellationToken);
        var schema = new SchemaFacts(server.Major, encoding, objects, [.. sequences]) { Locale = locale };
        return new DatabaseFingerprint(algorithm, Summarize(algorithm, tables, schema), tables, schema);
    }

    /// <summary>The same fingerprint with the positions that the sequences have reached now.</summary>
    public async Task<DatabaseFingerprint> AtEndAsync(DatabaseFingerprint fingerprint, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var positions = await SchemaReader.ReadPositionsAsync(connection, server.VersionNumber, cancellationToken);
        var sequences = fingerprint.Schema.Sequences.Select(sequence =>
            sequence with { PositionAtEnd = positions.GetValueOrDefault(new SqlName(sequence.Schema, sequence.Name), sequence.Position) });
        return fingerprint with { Schema = fingerprint.Schema with { Sequences = [.. sequences] } };
    }

    private async Task<IReadOnlyList<TableFingerprint>> ReadTablesAsync(
        IReadOnlyList<TableShape> tables, TableReading reading, Action<int>? progress, CancellationToken cancellationToken)
    {
        var connections = reading.Effort.Connections;
        var parts = TablePart.Divide(tables, connections, server.VersionNumber);
        var digests = new DigestCollection(parts, progress);
        var waiting = new ConcurrentQueue<TablePart>(parts);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var readers = Enumerable.Range(0, Math.Clamp(connections, 1, Math.Max(1, parts.Count)))
            .Select(_ => FirstFailure.CancelOthersAsync(() => ReadQueueAsync(reading, waiting, digests, failed.Token), failed));
        await FirstFailure.WhenAllAsync([.. readers]);
        return digests.Tables();
    }

    private async Task<bool> ReadQueueAsync(TableReading reading, ConcurrentQueue<TablePart> waiting, DigestCollection digests, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        while (!waiting.IsEmpty)
        {
            await using var transaction = await reading.BeginAsync(connection, cancellationToken);
            for (var read = 0; read < reading.PartsPerTransaction && waiting.TryDequeue(out var part); read++)
            {
                digests.Add(part.Table.Name, await new RowDigest(algorithm, part.Table.Columns).ReadAsync(connection, part.Table.Name, part.Condition, cancellationToken));
            }

            // not left to the transaction's disposal, which keeps to itself that the connection broke
            await transaction.CommitAsync(cancellationToken);
        }

        return true;
    }

    private static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await WaitForLocksAsync(connection, cancellationToken);
        return await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
    }

    private static async Task WaitForLocksAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SET lock_timeout = 0", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<string> EncodingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_catalog.getdatabaseencoding()::text", connection);
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static string Summarize(string algorithm, IReadOnlyList<TableFingerprint> tables, SchemaFacts schema)
    {
        var facts = new[] { algorithm, schema.Encoding }
            .Concat(tables.Select(table => $"table\0{table.Schema}\0{table.Table}\0{table.Rows}\0{table.Digest}"))
            .Concat(schema.Objects.Select(kind => $"objects\0{kind.Kind}\0{kind.Count}\0{kind.Definitions}"))
            .Concat(schema.Sequences.Select(sequence => $"sequence\0{sequence.Schema}\0{sequence.Name}\0{sequence.Position}"));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var fact in facts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(fact + '\n'));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>How the parts of tables are read.</summary>
/// <param name="BeginAsync">Begins a transaction.</param>
/// <param name="PartsPerTransaction">How many parts are read in each.</param>
/// <param name="Effort">How many at once.</param>
internal sealed record TableReading(Func<NpgsqlConnection, CancellationToken, Task<NpgsqlTransaction>> BeginAsync, int PartsPerTransaction, FingerprintEffort Effort);

/// <summary>How much of the server a fingerprint may take.</summary>
/// <param name="Connections">How many tables, or parts of large ones, are read at once.</param>
internal sealed record FingerprintEffort(int Connections)
{
    /// <summary>Beside a running dump, which is the longer of the two.</summary>
    public static readonly FingerprintEffort Beside = new(1);

    /// <summary>Beside two processes that make indexes.</summary>
    public static readonly FingerprintEffort BesideIndexes = new(2);

    /// <summary>Alone on a server.</summary>
    public static readonly FingerprintEffort Alone = new(4);
}
