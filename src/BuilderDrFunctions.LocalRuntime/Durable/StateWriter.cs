namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>The changes that can be made to the state file; used by the engine's thread only.</summary>
internal sealed class StateWriter(SqliteConnection connection) : IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    /// <summary>Makes all the changes or none, with one write to disk; tries for as long as the disk is full.</summary>
    /// <exception cref="SqliteException">The file cannot be written, or it is time to give up.</exception>
    public void Commit(IReadOnlyCollection<Action<StateWriter>> changes, ILogger logger, CancellationToken giveUp)
    {
        for (var committed = changes.Count == 0; !committed;)
        {
            try
            {
                Run("BEGIN IMMEDIATE");
                foreach (var change in changes)
                {
                    change(this);
                }

                Run("COMMIT");
                committed = true;
            }
            catch (SqliteException exception) when (MayPass(exception) && !giveUp.IsCancellationRequested)
            {
                DurableLog.CommitDelayed(logger, exception.Message, RetryPause);
                if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0)
                {
                    Run("ROLLBACK");
                }

                giveUp.WaitHandle.WaitOne(RetryPause);
            }
        }
    }

    public void Append(long run, HistoryEvent added) => Run(
        "INSERT INTO history VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        run, added.Sequence, (int)added.Kind, added.TaskId, added.At.Ticks, added.Name, added.Data, added.Target, added.Number);

    /// <summary>Adds a pending instance in place of an ended one of the same id.</summary>
    public void Replace(long run, OrchestrationIdentity identity, string? input, DateTime createdAt)
    {
        Run("DELETE FROM history WHERE run = (SELECT run FROM instances WHERE id = $1)", identity.InstanceId);
        Run("DELETE FROM instances WHERE id = $1", identity.InstanceId);
        var parent = identity.ParentLink;
        Run(
            """
            INSERT INTO instances(run, id, name, status, input, parent_id, parent_name, parent_run, parent_task, created_at, updated_at)
            VALUES ($1, $2, $3, 6, $4, $5, $6, $7, $8, $9, $9)
            """,
            run, identity.InstanceId, identity.Name, input, parent?.InstanceId, parent?.Name, parent?.Run, parent?.TaskId, createdAt.Ticks);
    }

    public void SetStatus(long run, OrchestrationRuntimeStatus status, string? customStatus, DateTime at) =>
        Run("UPDATE instances SET status = $2, custom_status = $3, updated_at = $4 WHERE run = $1", run, (int)status, customStatus, at.Ticks);

    public void Finish(long run, OrchestrationRuntimeStatus status, string? customStatus, DateTime at, string? output, string? failure) => Run(
        "UPDATE instances SET status = $2, custom_status = $3, updated_at = $4, completed_at = $4, output = $5, failure = $6 WHERE run = $1",
        run, (int)status, customStatus, at.Ticks, output, failure);

    /// <summary>Forgets a run's history and goes on as another run.</summary>
    public void StartOver(long run, long nextRun, OrchestrationRuntimeStatus status, string? customStatus, DateTime at, string? input)
    {
        Run("DELETE FROM history WHERE run = $1", run);
        Run(
            "UPDATE instances SET run = $2, status = $3, custom_status = $4, updated_at = $5, input = $6 WHERE run = $1",
            run, nextRun, (int)status, customStatus, at.Ticks, input);
    }

    /// <summary>Removes a run that has ended; false when there is none.</summary>
    public bool Purge(long run)
    {
        if (Run("DELETE FROM instances WHERE run = $1 AND status IN (1, 3, 5)", run) == 0)
        {
            return false;
        }

        Run("DELETE FROM history WHERE run = $1", run);
        return true;
    }

    /// <summary>2 when every commit waits for the disk.</summary>
    public long Synchronous()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous";
        return (long)command.ExecuteScalar()!;
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private static bool MayPass(SqliteException exception) =>
        exception.SqliteErrorCode is SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_BUSY;

    /// <summary>Runs a statement, prepared once, with values for $1, $2 and so on; returns how many rows it changed.</summary>
    private int Run(string sql, params ReadOnlySpan<object?> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            _prepared[sql] = command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class
            command.CommandText = sql;
#pragma warning restore CA2100
            for (var number = 1; number <= values.Length; number++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${number}" });
            }
        }

        for (var index = 0; index < values.Length; index++)
        {
            command.Parameters[index].Value = values[index] ?? DBNull.Value;
        }

        return command.ExecuteNonQuery();
    }
}
