namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Commits units in the order they were added, as many as there are with one write to disk.</summary>
/// <remarks>One thread: SQLite has one writer, and a single order is what makes a crash leave a prefix of what happened.</remarks>
internal sealed class CommitQueue : IDisposable
{
    /// <summary>How long a unit that nobody waits for may lie in memory; most find a neighbour to share a write with sooner.</summary>
    private const int LingerMilliseconds = 2;

    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly Lock _sync = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StateWriter _writer;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private List<Unit> _waiting = [];
    private volatile bool _urgent;
    private volatile bool _stopping;

    public CommitQueue(StateWriter writer, ILogger logger)
    {
        _writer = writer;
        _logger = logger;
        _thread = new Thread(CommitAll) { IsBackground = true, Name = "Durable commits" };
        _thread.Start();
    }

    /// <summary>Ends when the queue is stopped; faulted when the state file can no longer be written.</summary>
    public Task Completion => _completion.Task;

    public void Add(Unit unit)
    {
        bool signal;
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _waiting.Add(unit);
            signal = unit.Urgent || _waiting.Count == 1;
            _urgent |= unit.Urgent;
        }

        if (signal)
        {
            _wake.Set();
        }
    }

    /// <summary>Adds a unit; the task ends once it is on disk.</summary>
    public Task CommitAsync(Unit unit)
    {
        var committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        unit.OnceCommitted(committed.SetResult);
        Add(unit);
        return Task.WhenAny(committed.Task, Completion).Unwrap();
    }

    /// <summary>Ends once everything added before is on disk.</summary>
    public Task FlushAsync() => CommitAsync(new Unit());

    /// <summary>Commits what is waiting and ends the thread.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
        _writer.Dispose();
    }

    private void CommitAll()
    {
        try
        {
            while (true)
            {
                _wake.WaitOne();
                if (!_urgent && !_stopping)
                {
                    _wake.WaitOne(LingerMilliseconds);
                }

                List<Unit> batch;
                lock (_sync)
                {
                    (batch, _waiting) = (_waiting, []);
                    _urgent = false;
                }

                Commit(batch);
                if (_stopping && batch.Count == 0)
                {
                    _completion.TrySetResult();
                    return;
                }

                if (_stopping)
                {
                    _wake.Set();
                }
            }
        }
#pragma warning disable CA1031 // a thread's exception would end the process without a word in the log
        catch (Exception exception)
#pragma warning restore CA1031
        {
            DurableLog.StateFileLost(_logger, exception);
            _completion.TrySetException(exception);
        }
    }

    private void Commit(List<Unit> batch)
    {
        while (batch.Count > 0)
        {
            try
            {
                _writer.Begin();
                foreach (var change in batch.SelectMany(unit => unit.Changes))
                {
                    change(_writer);
                }

                _writer.Commit();
                break;
            }
            catch (SqliteException exception) when (MayPass(exception) && !_stopping)
            {
                DurableLog.CommitDelayed(_logger, exception.Message, RetryPause);
                TryRollback();
                Thread.Sleep(RetryPause);
            }
        }

        foreach (var effect in batch.SelectMany(unit => unit.Effects))
        {
            effect();
        }
    }

    /// <summary>SQLite has rolled back by itself after some errors; a second rollback is refused.</summary>
    private void TryRollback()
    {
        try
        {
            _writer.Rollback();
        }
        catch (SqliteException exception)
        {
            DurableLog.RollbackRefused(_logger, exception.Message);
        }
    }

    private static bool MayPass(SqliteException exception) =>
        exception.SqliteErrorCode is SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_BUSY;
}
