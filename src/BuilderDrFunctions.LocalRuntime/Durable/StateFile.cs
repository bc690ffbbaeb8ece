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
            CreatePrivate(path);
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

    /// <summary>History is for this account only; SQLite gives its side files the same mode.</summary>
    private static void CreatePrivate(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        File.Open(path, options).Dispose();
    }

    private static void Migrate(SqliteConnection connection, string path)
    {
        Execute(connection, "PRAGMA journal_mode = WAL");
        using var read = connection.CreateCommand();
        read.CommandText = "PRAGMA user_version";
        var version = Convert.ToInt32(read.ExecuteScalar(), CultureInfo.InvariantCulture);
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

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this assembly
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}

/// <summary>The state file cannot be used; the message says why and what to do.</summary>
internal sealed class StateFileException(string message) : Exception(message);
