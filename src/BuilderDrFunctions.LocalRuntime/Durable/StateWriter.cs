namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>The changes that can be made to the state file; used by the commit queue's thread only.</summary>
internal sealed class StateWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly List<SqliteCommand> _commands = [];
    private readonly SqliteCommand _append;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _setStatus;
    private readonly SqliteCommand _finish;
    private readonly SqliteCommand _startOver;
    private readonly SqliteCommand _deleteHistory;
    private readonly SqliteCommand _deleteHistoryOf;
    private readonly SqliteCommand _deleteInstance;
    private readonly SqliteCommand _deleteEnded;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;

    public StateWriter(SqliteConnection connection)
    {
        _connection = connection;
        _append = Prepare("INSERT INTO history VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", 9);
        _insert = Prepare(
            """
            INSERT INTO instances(
                run, id, name, status, input, parent_id, parent_name, parent_run, parent_task, created_at, updated_at)
            VALUES ($1, $2, $3, 6, $4, $5, $6, $7, $8, $9, $9)
            """, 9);
        _setStatus = Prepare("UPDATE instances SET status = $2, custom_status = $3, updated_at = $4 WHERE run = $1", 4);
        _finish = Prepare(
            """
            UPDATE instances SET status = $2, custom_status = $3, updated_at = $4, completed_at = $4, output = $5, failure = $6
            WHERE run = $1
            """, 6);
        _startOver = Prepare("UPDATE instances SET run = $2, status = $3, custom_status = $4, updated_at = $5, input = $6 WHERE run = $1", 6);
        _deleteHistory = Prepare("DELETE FROM history WHERE run = $1", 1);
        _deleteHistoryOf = Prepare("DELETE FROM history WHERE run = (SELECT run FROM instances WHERE id = $1)", 1);
        _deleteInstance = Prepare("DELETE FROM instances WHERE id = $1", 1);
        _deleteEnded = Prepare("DELETE FROM instances WHERE run = $1 AND status IN (1, 3, 5)", 1);
        _begin = Prepare("BEGIN IMMEDIATE", 0);
        _commit = Prepare("COMMIT", 0);
        _rollback = Prepare("ROLLBACK", 0);
    }

    /// <summary>2 when every commit waits for the disk.</summary>
    public long Synchronous
    {
        get
        {
            using var command = _connection.CreateCommand();
            command.CommandText = "PRAGMA synchronous";
            return (long)command.ExecuteScalar()!;
        }
    }

    public void Begin() => Run(_begin);

    public void Commit() => Run(_commit);

    public void Rollback() => Run(_rollback);

    public void Append(long run, HistoryEvent added) => Run(
        _append, run, added.Sequence, (int)added.Kind, added.TaskId, added.At.Ticks, added.Name, added.Data, added.Target, added.Number);

    /// <summary>Adds a pending instance in place of an ended one of the same id.</summary>
    public void Replace(long run, OrchestrationIdentity identity, string? input, DateTime createdAt)
    {
        Run(_deleteHistoryOf, identity.InstanceId);
        Run(_deleteInstance, identity.InstanceId);
        var parent = identity.ParentLink;
        Run(
            _insert, run, identity.InstanceId, identity.Name, input, parent?.InstanceId, parent?.Name, parent?.Run, parent?.TaskId,
            createdAt.Ticks);
    }

    public void SetStatus(long run, OrchestrationRuntimeStatus status, string? customStatus, DateTime at) =>
        Run(_setStatus, run, (int)status, customStatus, at.Ticks);

    public void Finish(
        long run, OrchestrationRuntimeStatus status, string? customStatus, DateTime at, string? output, string? failure) =>
        Run(_finish, run, (int)status, customStatus, at.Ticks, output, failure);

    /// <summary>Forgets a run's history and goes on as another run.</summary>
    public void StartOver(long run, long nextRun, OrchestrationRuntimeStatus status, string? customStatus, DateTime at, string? input)
    {
        Run(_deleteHistory, run);
        Run(_startOver, run, nextRun, (int)status, customStatus, at.Ticks, input);
    }

    /// <summary>Removes a run that has ended; false when there is none.</summary>
    public bool Purge(long run)
    {
        if (Run(_deleteEnded, run) == 0)
        {
            return false;
        }

        Run(_deleteHistory, run);
        return true;
    }

    public void Dispose()
    {
        _commands.ForEach(command => command.Dispose());
        _connection.Dispose();
    }

    private static int Run(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            command.Parameters[index].Value = values[index] ?? DBNull.Value;
        }

        return command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        var command = _connection.CreateCommand();
        _commands.Add(command);
#pragma warning disable CA2100 // constants of this class
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var number = 1; number <= parameters; number++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${number}" });
        }

        command.Prepare();
        return command;
    }
}
