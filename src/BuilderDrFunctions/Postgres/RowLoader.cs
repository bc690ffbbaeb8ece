using System.Buffers;
using System.Threading.Channels;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Loads the rows of a dump, as pg_restore words them, through several connections: a large table's rows go to all of them at once.</summary>
/// <remarks>
/// pg_restore's own workers share tables, not rows, and nearly all of a Builder's rows' bytes are in one table. Rows arrive in another order than they were
/// dumped in, which nothing depends on. Each table is committed by itself: only for a database that is dropped if anything fails.
/// </remarks>
/// <param name="source">The database.</param>
/// <param name="guard">Words its errors.</param>
/// <param name="connections">How many load at once.</param>
internal sealed class RowLoader(NpgsqlDataSource source, PostgresGuard guard, int connections)
{
    // pieces of at most 256 KB that wait for each connection
    private const int Waiting = 4;

    /// <summary>Loads all of it.</summary>
    /// <returns>False, with nothing loaded, when it is not in UTF-8.</returns>
    public Task<bool> LoadAsync(Stream script, CancellationToken cancellationToken) => guard.RunAsync(() => LoadAllAsync(script, cancellationToken), cancellationToken);

    private async Task<bool> LoadAllAsync(Stream script, CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var queues = Enumerable.Range(0, Math.Max(1, connections))
            .Select(_ => Channel.CreateBounded<RowPiece>(new BoundedChannelOptions(Waiting) { SingleReader = true, SingleWriter = true })).ToList();
        var dealing = FirstFailure.CancelOthersAsync(() => DealAsync(script, queues, failed.Token), failed);
        await FirstFailure.WhenAllAsync([dealing, .. queues.Select(queue => FirstFailure.CancelOthersAsync(() => LoadQueueAsync(queue.Reader, failed.Token), failed))]);
        return await dealing;
    }

    private async Task<bool> DealAsync(Stream script, List<Channel<RowPiece>> queues, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var turn = 0;
        var isMidRow = false;
        var isWhole = await new RestoreScript(script).ReadAsync(
            (statement, token) => ExecuteAsync(connection, statement, token),
            async (copy, rows, token) =>
            {
                // The rest of a row goes where its beginning went.
                turn = isMidRow ? turn : (turn + 1) % queues.Count;
                isMidRow = rows.Span[^1] != '\n';
                var piece = ArrayPool<byte>.Shared.Rent(rows.Length);
                rows.CopyTo(piece);
                await queues[turn].Writer.WriteAsync(new RowPiece(copy, piece, rows.Length), token);
            },
            cancellationToken);
        queues.ForEach(queue => queue.Writer.Complete());
        return isWhole;
    }

    // The session's own settings stand (see PostgresSession); what else there is, such as where a sequence stands, is done as it comes.
    private static async ValueTask<bool> ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        if (statement.StartsWith("SET client_encoding", StringComparison.Ordinal))
        {
            return statement.Contains("'UTF8'", StringComparison.Ordinal);
        }

        if (!statement.StartsWith("SET ", StringComparison.Ordinal) && !statement.StartsWith("SELECT pg_catalog.set_config('search_path'", StringComparison.Ordinal))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        return true;
    }

    private async Task LoadQueueAsync(ChannelReader<RowPiece> pieces, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        string? table = null;
        NpgsqlCopyTextWriter? copy = null;
        await foreach (var piece in pieces.ReadAllAsync(cancellationToken))
        {
            if (!ReferenceEquals(piece.Copy, table))
            {
                await EndAsync(copy);
                copy = await connection.BeginTextImportAsync(piece.Copy, cancellationToken);
                table = piece.Copy;
            }

            // The bytes are right as they are: nothing is decoded and encoded again.
            await copy!.BaseStream.WriteAsync(piece.Bytes.AsMemory(0, piece.Length), cancellationToken);
            ArrayPool<byte>.Shared.Return(piece.Bytes);
        }

        await EndAsync(copy);
    }

    // Not reached when anything failed: closing the connection then takes the copy back.
    private static ValueTask EndAsync(NpgsqlCopyTextWriter? copy) => copy?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Some rows of a table.</summary>
    /// <param name="Copy">The statement that loads them.</param>
    /// <param name="Bytes">Rented.</param>
    /// <param name="Length">How many of them count.</param>
    private readonly record struct RowPiece(string Copy, byte[] Bytes, int Length);
}

/// <summary>What this program does in a restore besides pg_restore.</summary>
/// <param name="Rows">Loads the rows.</param>
/// <param name="BesideIndexesAsync">Done while indexes and constraints are made, once all rows are in.</param>
internal sealed record RestoreHelp(RowLoader Rows, Func<CancellationToken, Task> BesideIndexesAsync);
