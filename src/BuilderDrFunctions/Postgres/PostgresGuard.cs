using System.Net.Sockets;
using System.Security.Authentication;
using BuilderDrFunctions.Faults;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Turns what Npgsql throws into faults. Only primary messages are kept: a detail may quote a row.</summary>
internal sealed class PostgresGuard(PostgresEndpoint endpoint, PostgresLimits limits, string database)
{
    /// <summary>Runs <paramref name="action"/> and translates its errors; a cancelled one ends in a plain <see cref="OperationCanceledException"/>.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or NpgsqlException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or IOException)
        {
            throw Translate(e);
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Func<Task> action, CancellationToken cancellationToken) => RunAsync(
        async () =>
        {
            await action();
            return true;
        },
        cancellationToken);

    /// <summary>The fault for an error of Npgsql's.</summary>
    public FaultException Translate(Exception error) => error switch
    {
        // that session is gone, and this one noticed first
        PostgresException snapshot when ExportedSnapshot.IsGone(snapshot) => PostgresFaults.ConnectionLost(endpoint, snapshot.MessageText),
        PostgresException reported => FromState(reported, reported.SqlState, reported.MessageText.ReplaceLineEndings(" ")),
        { InnerException: TimeoutException } or TimeoutException => PostgresFaults.ConnectTimeout(endpoint, limits.Connect),
        { InnerException: AuthenticationException tls } => PostgresFaults.Tls(endpoint, tls.Message),
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted } broken } => PostgresFaults.ConnectionLost(endpoint, broken.Message),
        { InnerException: SocketException socket } => PostgresFaults.Unreachable(endpoint, socket.Message),
        { InnerException: IOException io } => PostgresFaults.ConnectionLost(endpoint, io.Message),
        NpgsqlException when error.Message.Contains("SSL", StringComparison.OrdinalIgnoreCase) => PostgresFaults.Tls(endpoint, error.Message),
        NpgsqlException when error.Message.Contains("password", StringComparison.OrdinalIgnoreCase) => PostgresFaults.WrongPassword(endpoint),
        _ => PostgresFaults.ConnectionLost(endpoint, error.Message),
    };

    private FaultException FromState(PostgresException error, string state, string message) => state switch
    {
        // fatal: before there was a session
        PostgresErrorCodes.InsufficientPrivilege when IsFatal(error) => PostgresFaults.NoConnectRight(endpoint, database, message),
        PostgresErrorCodes.ObjectNotInPrerequisiteState when IsFatal(error) => PostgresFaults.Closed(endpoint, database, message),
        PostgresErrorCodes.InvalidPassword => PostgresFaults.WrongPassword(endpoint),
        PostgresErrorCodes.InvalidAuthorizationSpecification when message.Contains("SSL", StringComparison.Ordinal) && endpoint.SslMode is "require" or "verify-ca" or "verify-full"
            => PostgresFaults.Tls(endpoint, message),
        PostgresErrorCodes.InvalidAuthorizationSpecification => PostgresFaults.NotAllowed(endpoint, message),
        PostgresErrorCodes.InvalidCatalogName => PostgresFaults.NoDatabase(endpoint, database),
        PostgresErrorCodes.CannotConnectNow => PostgresFaults.NotReady(endpoint, message),
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => PostgresFaults.ConnectionLost(endpoint, message),
        PostgresErrorCodes.TooManyConnections => PostgresFaults.TooManyConnections(endpoint, message),
        PostgresErrorCodes.InsufficientPrivilege when message.Contains("row-level security", StringComparison.Ordinal) => PostgresFaults.RowSecurity(endpoint, database, message),
        PostgresErrorCodes.InsufficientPrivilege => PostgresFaults.PermissionDenied(endpoint, database, $"an object ({message})", $"GRANT the missing right on it to \"{endpoint.Username}\"."),
        PostgresErrorCodes.LockNotAvailable => PostgresFaults.Locked(database, "an object"),
        PostgresErrorCodes.OutOfMemory when message.Contains("shared memory", StringComparison.Ordinal) => PostgresFaults.TooFewLocks(database, message, LockCapacity.Recommended),
        PostgresErrorCodes.DiskFull => PostgresFaults.DiskFull(endpoint, message),
        PostgresErrorCodes.DuplicateDatabase => PostgresFaults.DatabaseExists(endpoint, database),
        PostgresErrorCodes.ObjectInUse => PostgresFaults.DatabaseInUse(database, message),
        _ when message.Contains("MD5", StringComparison.Ordinal) => PostgresFaults.DigestForbidden(endpoint),
        _ => PostgresFaults.Sql(endpoint, state, message, MayPass(state)),
    };

    // Not a disk that fails: that stays so.
    private static bool MayPass(string state) => state is PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure
        or PostgresErrorCodes.InsufficientResources or PostgresErrorCodes.OutOfMemory or PostgresErrorCodes.ConfigurationLimitExceeded
        // a connection's, as a pooler tells it
        || (state.StartsWith("08", StringComparison.Ordinal) && state is not PostgresErrorCodes.ProtocolViolation);

    private static bool IsFatal(PostgresException error) => error.InvariantSeverity is "FATAL";
}
