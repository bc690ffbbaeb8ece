using System.Globalization;
using System.Text;
using BuilderDrFunctions.LocalRuntime.Functions;
using Microsoft.Data.Sqlite;

namespace BuilderDrFunctions.Torture;

/// <summary>The world outside the runtime: effects by idempotency key, each applied once however often it is asked for.</summary>
internal sealed class Effects : IDisposable
{
    private readonly string folder;
    private readonly HashSet<(string Instance, int Task, string Input)> completed = [];
    private readonly FileStream runs;
    private readonly Lock writing = new();

    public Effects(string folder)
    {
        this.folder = Directory.CreateDirectory(Path.Combine(folder, "effects")).FullName;
        runs = new FileStream(Path.Combine(folder, "runs.log"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1);
    }

    /// <summary>Remembers which activities the state file shows as answered: they must not run any more.</summary>
    public void ForbidCompleted(string stateFile)
    {
        if (!File.Exists(stateFile))
        {
            return;
        }

        using var connection = new SqliteConnection($"Data Source={stateFile};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            """
            SELECT i.id, s.task, s.data FROM history s JOIN history a ON a.run = s.run AND a.task = s.task AND a.kind IN (5, 6)
            JOIN instances i ON i.run = s.run WHERE s.kind = 4 AND i.status = 0
            """;
        try
        {
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                completed.Add((rows.GetString(0), rows.GetInt32(1), rows.GetString(2)));
            }
        }
        catch (SqliteException exception) when (exception.Message.Contains("no such table", StringComparison.Ordinal))
        {
            // killed before the file had its format: nothing is completed
            completed.Clear();
        }
    }

    /// <summary>One run of an activity; its effect is applied under the key unless it was before.</summary>
    public void Run(ActivityCall call, string key)
    {
        Log(completed.Contains((call.InstanceId, call.TaskId, call.Input!)) ? "AGAIN" : "RUN", key);
        Apply(key);
    }

    public void Apply(string key)
    {
        using var _ = new FileStream(Path.Combine(folder, key), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
    }

    public bool Has(string key) => File.Exists(Path.Combine(folder, key));

    public void Acknowledge(string instanceId) => Log("STARTED", instanceId);

    public void BeginWave(int wave) => Log("WAVE", wave.ToString(CultureInfo.InvariantCulture));

    public int LastWave() => Evidence.Lines(Path.GetDirectoryName(folder)!, "WAVE")
        .Select(wave => int.Parse(wave, CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();

    public void Dispose() => runs.Dispose();

    /// <summary>One write a line, so that a kill leaves whole lines; one line at a time, since two writes at once would go to the same place.</summary>
    private void Log(string what, string subject)
    {
        var line = Encoding.UTF8.GetBytes($"{what} {subject}\n");
        lock (writing)
        {
            runs.Write(line);
        }
    }
}
