namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>The SQLite file that holds every orchestration; one process at a time.</summary>
internal sealed class StateFile : IDisposable
{
    private readonly FileStream _processLock;
    private readonly string _connectionString;

    private StateFile(string path, FileStream processLock)
    {
        _processLock = processLock;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 30 }.ConnectionString;
    }

    /// <summary>Takes the file for this process, makes it if it is not there, and brings its format up to date.</summary>
    /// <exception cref="StateFileException">Another process has it, or it was written by a newer version.</exception>
    public static StateFile Open(string path)
    {
        var file = new StateFile(path, TakeLock(path));
        try
        {
            // history is for this account only; SQLite gives its side files the same mode
            OwnerOnlyFile.Open(path, FileMode.OpenOrCreate).Dispose();
            using var connection = file.Connect();
            Migrate(connection, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    /// <summary>A connection whose commits survive loss of power.</summary>
    public StateWriter OpenWriter()
    {
        var connection = Connect();
        Execute(connection, "PRAGMA synchronous = FULL");
        return new StateWriter(connection);
    }

    public void Dispose()
    {
        using (var connection = new SqliteConnection(_connectionString))
        {
            SqliteConnection.ClearPool(connection);
        }

        _processLock.Dispose();
    }

    /// <summary>The lock ends with the process, however it ends; who holds it stands beside it, because a locked file cannot be read.</summary>
    private static FileStream TakeLock(string path)
    {
        var (lockPath, owner) = (path + ".lock", path + ".pid");
        try
        {
            var stream = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(owner, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return stream;
        }
        catch (IOException) when (File.Exists(lockPath) && File.Exists(owner))
        {
            throw new StateFileException(
                $"The state file {path} is in use by process {File.ReadAllText(owner)}. HINT: one runtime serves one state file; stop the "
                + "other one, or give this one a file of its own.");
        }
    }

    private static void Migrate(SqliteConnection connection, string path)
    {
        Execute(connection, "PRAGMA journal_mode = WAL");
        var version = Convert.ToInt32(Execute(connection, "PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version > StateSchema.Version)
        {
            throw new StateFileException(
                $"The state file {path} has format {version}, and this version knows formats up to {StateSchema.Version}. HINT: run the "
                + "version that wrote it, or a newer one.");
        }

        for (; version < StateSchema.Version; version++)
        {
            Execute(connection, $"BEGIN; {StateSchema.Steps[version]}; PRAGMA user_version = {version + 1}; COMMIT");
        }
    }

    private static object? Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}

/// <summary>The state file cannot be used; the message says why and what to do.</summary>
internal sealed class StateFileException(string message) : Exception(message);

/// <summary>The state file's format: the n-th step takes format n to n + 1. Steps that were released never change.</summary>
internal static class StateSchema
{
    /// <summary>Times are UTC ticks. A run is one life of an instance id: it changes when the instance starts over.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        """
        CREATE TABLE instances(
            run INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, status INTEGER NOT NULL,
            input TEXT, output TEXT, custom_status TEXT, failure TEXT, tags TEXT,
            parent_id TEXT, parent_name TEXT, parent_run INTEGER, parent_task INTEGER,
            start_at INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, completed_at INTEGER) STRICT;
        CREATE INDEX instances_live ON instances(run) WHERE status IN (0, 6, 7);
        CREATE INDEX instances_by_creation ON instances(created_at);
        CREATE INDEX instances_by_parent ON instances(parent_id) WHERE parent_id IS NOT NULL;
        CREATE TABLE history(
            run INTEGER NOT NULL, sequence INTEGER NOT NULL, kind INTEGER NOT NULL, task INTEGER NOT NULL, at INTEGER NOT NULL,
            name TEXT, data TEXT, target TEXT, number INTEGER NOT NULL, PRIMARY KEY(run, sequence)) STRICT, WITHOUT ROWID;
        """,
        "CREATE INDEX instances_by_completion ON instances(completed_at) WHERE completed_at IS NOT NULL",
    ];

    public static int Version => Steps.Count;
}
