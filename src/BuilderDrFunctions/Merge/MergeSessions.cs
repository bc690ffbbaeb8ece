using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>Who else is connected to a database that is to be merged.</summary>
internal static class MergeSessions
{
    // what PostgresSession calls its connections
    private const string Own = "builder-dr";

    // what a merge's own connection is called, so that the next run finds one whose process was killed
    private const string Merging = "builder-dr merge";

    // the server shows a session for a moment after its connection was closed: a service that was just stopped is no user
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The sessions that are not this program's and stay, as a phrase; empty when there are none.</summary>
    public static async Task<string> DescribeOthersAsync(PostgresServer postgres, string database, CancellationToken cancellationToken)
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        closing.CancelAfter(Closing);
        while (true)
        {
            var sessions = await postgres.ListConnectionsAsync(database, cancellationToken);
            var others = sessions.Where(session => !session.Application.StartsWith(Own, StringComparison.Ordinal)).ToList();
            if (others.Count == 0 || closing.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                return ServerReader.Describe(others);
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Ends the sessions that a killed merge left on this database, and names this one.</summary>
    /// <remarks>A site's lock lets one merge run at a time, so whoever bears that name now is the server's side of a process that is gone.</remarks>
    public static async Task TakeOverAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string end = $"""
            SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(pid)) FROM pg_catalog.pg_stat_activity
            WHERE datname = pg_catalog.current_database() AND application_name = '{Merging}' AND pid <> pg_catalog.pg_backend_pid()
            """;
        await using (var command = new NpgsqlCommand(end, connection))
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await NameAsync(connection, cancellationToken);
    }

    /// <summary>Names a session of a merge.</summary>
    public static async Task NameAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SET application_name = '{Merging}'", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
