using System.Globalization;
using Microsoft.Data.Sqlite;

namespace BuilderDrFunctions.Torture;

/// <summary>Looks, without the runtime's help, at what all its lives left behind.</summary>
internal sealed class Evidence(string folder)
{
    private readonly List<string> faults = [];

    public string Summary { get; private set; } = "";

    public static string StateFile(string folder) => Path.Combine(folder, "state.db");

    /// <summary>The subjects of the log's lines of one kind.</summary>
    public static IEnumerable<string> Lines(string folder, string what) => File.ReadLines(Path.Combine(folder, "runs.log"))
        .Where(line => line.StartsWith(what + " ", StringComparison.Ordinal)).Select(line => line[(what.Length + 1)..]);

    /// <summary>What a life that hangs is waiting for.</summary>
    public static IEnumerable<string> Unfinished(string folder) =>
        new Evidence(folder).Query("SELECT id || ' has status ' || status FROM instances WHERE status <> 1");

    public IReadOnlyList<string> Faults()
    {
        var waves = Lines(folder, "WAVE").Select(wave => int.Parse(wave, CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max() + 1;
        Require(Query("PRAGMA integrity_check") is ["ok"], "the state file is damaged");
        CheckOutputs(waves);
        CheckEffects(waves);
        CheckHistory();
        Summary = $"torture: {waves} waves, {Query("SELECT count(*) FROM instances")[0]} orchestrations, "
            + $"{Lines(folder, "RUN").Count()} activity runs for {Directory.EnumerateFiles(Path.Combine(folder, "effects")).Count()} effects, "
            + $"{Query("SELECT count(*) FROM history")[0]} events";
        return faults;
    }

    private void CheckOutputs(int waves)
    {
        var found = Query("SELECT id || ' ' || name || ' ' || status || ' ' || coalesce(output, '') FROM instances")
            .Select(row => row.Split(' ', 4)).ToDictionary(row => row[0], StringComparer.Ordinal);
        foreach (var (id, row) in found)
        {
            Require(row[2] == "1" && row[3] == Workload.Expected(row[1]), $"{id} ended with status {row[2]} and output {row[3]}");
        }

        var expected = Enumerable.Range(0, waves).SelectMany(wave => Workload.Kinds.Select(kind => Workload.Id(kind, wave)));
        foreach (var id in expected.Concat(Lines(folder, "STARTED")).Distinct(StringComparer.Ordinal))
        {
            Require(found.ContainsKey(id), $"{id} was started and is gone");
        }

        Require(found.Count == waves * (Workload.Kinds.Count + 2), $"{found.Count} orchestrations exist, not {waves * (Workload.Kinds.Count + 2)}");
    }

    private void CheckEffects(int waves)
    {
        var applied = Directory.EnumerateFiles(Path.Combine(folder, "effects")).Select(file => Path.GetFileName(file)).ToHashSet(StringComparer.Ordinal);
        var logged = Lines(folder, "RUN").Concat(Lines(folder, "AGAIN")).ToHashSet(StringComparer.Ordinal);
        faults.AddRange(applied.Where(key => !logged.Contains(key) && !key.StartsWith("raised-", StringComparison.Ordinal))
            .Select(key => $"effect {key} is there and its run is not in the log, which cannot be gone by"));
        foreach (var key in Enumerable.Range(0, waves).SelectMany(Workload.Keys))
        {
            Require(applied.Remove(key), $"effect {key} is missing");
        }

        foreach (var key in applied.Where(key => !key.StartsWith("flaky-", StringComparison.Ordinal)))
        {
            faults.Add($"effect {key} was never asked for");
        }

        faults.AddRange(Lines(folder, "AGAIN").Select(key => $"activity {key} ran again after it was completed"));
    }

    private void CheckHistory()
    {
        faults.AddRange(Query(
            """
            SELECT 'run ' || run || ' answers call ' || task || ' ' || count(*) || ' times'
            FROM history WHERE kind IN (5, 6, 8, 9, 11) GROUP BY run, task HAVING count(*) > 1
            """));
        faults.AddRange(Query("SELECT 'run ' || run || ' makes call ' || task || ' twice' FROM history WHERE kind IN (4, 7, 10, 14) GROUP BY run, task HAVING count(*) > 1"));
        faults.AddRange(Query("SELECT 'run ' || run || ' has gaps' FROM history GROUP BY run HAVING max(sequence) + 1 <> count(*)"));
        faults.AddRange(Query("SELECT 'run ' || run || ' belongs to nobody' FROM history WHERE run NOT IN (SELECT run FROM instances) GROUP BY run"));
    }

    private List<string> Query(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={StateFile(folder)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class
        command.CommandText = sql;
#pragma warning restore CA2100
        using var rows = command.ExecuteReader();
        var found = new List<string>();
        while (rows.Read())
        {
            found.Add(rows.GetString(0));
        }

        return found;
    }

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            faults.Add(otherwise);
        }
    }
}
