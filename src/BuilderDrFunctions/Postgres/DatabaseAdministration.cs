using System.Data;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Creates, renames and drops databases and ends their sessions, over a connection to another database.</summary>
internal static class DatabaseAdministration
{
    public const string Utf8 = "UTF8";

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndPause = TimeSpan.FromMilliseconds(10);

    // What goes with every encoding.
    private static readonly DatabaseLocale Plain = new("libc", "C", "C", Name: null, Rules: null);

    /// <summary>Creates a database from template0: in the locale if the server takes it, else in the server's own, else in C. Which it became is for the caller to look at.</summary>
    public static async Task<bool> CreateAsync(
        NpgsqlConnection connection, string database, string? owner, string encoding, DatabaseLocale? locale, CancellationToken cancellationToken)
    {
        var create = $"CREATE DATABASE {SqlName.Quote(database)} {(owner is null ? "" : $"OWNER {SqlName.Quote(owner)} ")}TEMPLATE template0 ENCODING {SqlName.Literal(encoding)}";
        var major = connection.PostgreSqlVersion.Major;
        foreach (var clause in (string[])[.. locale?.Clauses(major) ?? [], .. encoding == Utf8 ? [""] : Array.Empty<string>()])
        {
            try
            {
                return await ExecuteAsync(connection, create + clause, cancellationToken);
            }
            catch (PostgresException refused) when (IsOfLocale(refused.SqlState))
            {
                // the next one, then
                if (connection.State != ConnectionState.Open)
                {
                    // ICU's refusal is an "internal error", after which Npgsql closes
                    await connection.OpenAsync(cancellationToken);
                }
            }
        }

        return await ExecuteAsync(connection, create + Plain.Clauses(major)[0], cancellationToken);
    }

    public static Task<bool> RenameAsync(NpgsqlConnection connection, string database, string newName, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, $"ALTER DATABASE {SqlName.Quote(database)} RENAME TO {SqlName.Quote(newName)}", cancellationToken);

    /// <summary>Drops a database; false when there was none. Once the server is at it, no cancel is passed on: half done it would leave a database that lets nobody in.</summary>
    public static async Task<bool> DropAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await ExecuteAsync(connection, $"DROP DATABASE {SqlName.Quote(database)}", CancellationToken.None);
        }
        catch (PostgresException absent) when (absent.SqlState is PostgresErrorCodes.InvalidCatalogName)
        {
            return false;
        }
    }

    /// <summary>Makes everything that was committed before, by whomever and however carelessly, durable on the server's disk.</summary>
    public static async Task FlushAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        // A commit that has something to write takes all of the log before it along to the disk.
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("CREATE TEMPORARY TABLE builder_dr_flush () ON COMMIT DROP", connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Ends the sessions and waits until none is left; gives how many there were at first.</summary>
    public static async Task<int> TerminateAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(EndLimit);
        int? first = null;
        while (true)
        {
            var sessions = await ServerReader.ReadConnectionsAsync(connection, database, cancellationToken);
            first ??= sessions.Count;
            if (sessions.Count == 0)
            {
                return first.Value;
            }

            // One that this role may not end, such as a superuser's, keeps none of the others.
            var mayEnd = false;
            foreach (var session in sessions)
            {
                mayEnd |= await TryTerminateAsync(connection, session.Pid, cancellationToken);
            }

            if (!mayEnd || limit.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw PostgresFaults.DatabaseInUse(database, ServerReader.Describe(sessions));
            }

            await Task.Delay(EndPause, cancellationToken);
        }
    }

    // A locale that the operating system lacks, one that does not go with the encoding, and a provider that this server lacks or does not know.
    private static bool IsOfLocale(string state) => state is PostgresErrorCodes.WrongObjectType or PostgresErrorCodes.InvalidParameterValue
        or PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.SyntaxError or PostgresErrorCodes.InvalidObjectDefinition or PostgresErrorCodes.InternalError;

    private static async Task<bool> TryTerminateAsync(NpgsqlConnection connection, int pid, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_catalog.pg_terminate_backend($1)", connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = pid } } };
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }

    private static async Task<bool> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }
}
