using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Restore;

/// <summary>Exchanges databases by name in one transaction, so that whatever happens there is one under the live name; looks at what is there first.</summary>
internal sealed class DatabaseSwap(PostgresServer postgres, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>How long sessions may take to end by themselves. Default: 15 s.</summary>
    public TimeSpan UntilSessionsEnd { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Who is connected to a database, as phrases.</summary>
    public static async Task<IReadOnlyList<string>> SessionsAsync(PostgresServer postgres, string database, CancellationToken cancellationToken) =>
        [.. (await postgres.ListConnectionsAsync(database, cancellationToken)).Select(session =>
            $"{session.Username} from {session.Client}{(session.Application.Length > 0 ? $" ({session.Application})" : "")}, {session.State}, process {session.Pid}")];

    /// <summary>Puts the restored databases under the live names and the live ones aside; done already is success.</summary>
    /// <exception cref="FaultException">DR8032, DR8040, DR8041, DR8047 or DR8050; nothing was renamed then.</exception>
    public async Task DoAsync(SwapOrder order, CancellationToken cancellationToken)
    {
        var names = await NamesAsync(order, cancellationToken);
        var renames = new List<(string From, string To)>();
        foreach (var pair in order.Databases)
        {
            if (names.Contains(pair.Restoring))
            {
                if (names.Contains(pair.Live))
                {
                    renames.Add((pair.Live, pair.Before ?? throw RestoreFaults.CameUpMeanwhile(pair.Live, postgres.Description)));
                }

                renames.Add((pair.Restoring, pair.Live));
            }
            else if (!names.Contains(pair.Live) || (pair.Before is not null && !names.Contains(pair.Before)))
            {
                throw RestoreFaults.UnexpectedNames(pair.Live, pair.Restoring);
            }
        }

        await RenameAsync(order, renames, cancellationToken);
    }

    /// <summary>Puts the former databases back under the live names; not done, or undone already, is success.</summary>
    /// <exception cref="FaultException">DR8041; nothing was renamed then.</exception>
    public async Task UndoAsync(SwapOrder order, CancellationToken cancellationToken)
    {
        var names = await NamesAsync(order, cancellationToken);
        var renames = new List<(string From, string To)>();
        foreach (var pair in order.Databases.Where(pair => !names.Contains(pair.Restoring) && names.Contains(pair.Live)))
        {
            if (pair.Before is null)
            {
                renames.Add((pair.Live, pair.Restoring));
            }
            else if (names.Contains(pair.Before))
            {
                renames.Add((pair.Live, pair.Restoring));
                renames.Add((pair.Before, pair.Live));
            }
        }

        await RenameAsync(order with { Force = true }, renames, cancellationToken);
    }

    /// <summary>Which databases bear the live names.</summary>
    public async Task<SwapState> LookAsync(SwapOrder order, CancellationToken cancellationToken)
    {
        var names = await NamesAsync(order, cancellationToken);
        return order.Databases.All(pair => names.Contains(pair.Restoring)) ? SwapState.Former
            : order.Databases.All(pair => !names.Contains(pair.Restoring) && names.Contains(pair.Live)) ? SwapState.Restored
            : SwapState.Unknown;
    }

    private async Task RenameAsync(SwapOrder order, List<(string From, string To)> renames, CancellationToken cancellationToken)
    {
        if (renames.Count == 0)
        {
            return;
        }

        foreach (var (from, to) in renames)
        {
            var force = order.Force || !order.Databases.Any(pair => pair.Live == from);
            await EndSessionsAsync(from, force, cancellationToken);
            if (order.Databases.FirstOrDefault(pair => pair.Live == from && pair.Before == to)?.UnlessWrittenAfter is { } known)
            {
                if (await NewestWrite.FindAsync(postgres, from, cancellationToken) is { } newest && newest > known)
                {
                    throw RestoreFaults.SpareServes(order.Site, newest, known);
                }

                await EndSessionsAsync(from, force, cancellationToken);
            }
        }

        await OnServerAsync(
            async (connection, token) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(token);
                foreach (var (from, to) in renames)
                {
                    await using var command = new NpgsqlCommand($"ALTER DATABASE {Quote(from)} RENAME TO {Quote(to)}", connection, transaction);
                    await command.ExecuteNonQueryAsync(token);
                }

                await transaction.CommitAsync(token);
                return true;
            },
            cancellationToken);
    }

    // The API's own sessions end with it, a moment after it has stopped.
    private async Task EndSessionsAsync(string database, bool force, CancellationToken cancellationToken)
    {
        if (force)
        {
            await postgres.TerminateConnectionsAsync(database, cancellationToken);
            return;
        }

        var begun = time.GetTimestamp();
        IReadOnlyList<string> sessions;
        while ((sessions = await SessionsAsync(postgres, database, cancellationToken)).Count > 0)
        {
            if (time.GetElapsedTime(begun) > UntilSessionsEnd)
            {
                throw RestoreFaults.InUse(database, sessions);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private async Task<HashSet<string>> NamesAsync(SwapOrder order, CancellationToken cancellationToken)
    {
        string?[] asked = [.. order.Databases.SelectMany(pair => new[] { pair.Live, pair.Restoring, pair.Before }).Where(name => name is not null)];
        return await OnServerAsync(
            async (connection, token) =>
            {
                var found = new HashSet<string>(StringComparer.Ordinal);
                await using var command = new NpgsqlCommand("SELECT datname::text FROM pg_catalog.pg_database WHERE datname = ANY ($1)", connection);
                command.Parameters.Add(new NpgsqlParameter { Value = asked });
                await using var rows = await command.ExecuteReaderAsync(token);
                while (await rows.ReadAsync(token))
                {
                    found.Add(rows.GetString(0));
                }

                return found;
            },
            cancellationToken);
    }

    /// <summary>Works on a database that no restore touches; renames are done from there.</summary>
    private async Task<T> OnServerAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var isIn = false;
        try
        {
            return await postgres.WithMaintenanceAsync(
                async (connection, token) =>
                {
                    isIn = true;
                    try
                    {
                        return await work(connection, token);
                    }
                    catch (NpgsqlException exception)
                    {
                        throw RestoreFaults.RenameFailed(postgres.Description, exception is PostgresException known ? $"{known.SqlState}: {known.MessageText}" : "the connection broke");
                    }
                },
                cancellationToken);
        }
        catch (FaultException fault) when (!isIn)
        {
            throw RestoreFaults.RenameFailed(postgres.Description, fault.Brief);
        }
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
