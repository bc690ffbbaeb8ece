using System.Globalization;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Vault;
using Microsoft.Data.Sqlite;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>Years of a site in a moment: sets and drills in a folder vault, ended operations in a state file. No byte of any dump behind them.</summary>
internal sealed class GeneratedHistory(string site, DateTimeOffset now, int seed = 1)
{
    private readonly Random _dice = new(seed);
    private int _number;

    /// <summary>Writes that many sets, one every <paramref name="every"/>, the newest first and <paramref name="newestAge"/> old.</summary>
    /// <remarks>Past the vault, which would flush each of them to the disk.</remarks>
    public void WriteSets(string vaultFolder, int sets, TimeSpan every, TimeSpan newestAge)
    {
        for (var number = 0; number < sets; number++)
        {
            var at = now - newestAge - every * number;
            var id = Id("backup", at);
            var set = Set(BackupLabel.Of(id, "nightly"), id, at, 1.0 - number / (sets * 1.6), warns: number % 41 == 17);
            var path = Path.Combine(vaultFolder, SetPaths.Manifest(site, new BackupLabel(set.Label)));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, ManifestSeal.Write(set));
        }
    }

    /// <summary>Writes that many drills, one a week.</summary>
    public async Task WriteDrillsAsync(IVault vault, int drills, double rtoSeconds, CancellationToken cancellationToken)
    {
        var verdicts = new DrillVerdicts(vault);
        for (var number = 0; number < drills; number++)
        {
            var at = now - TimeSpan.FromDays(2) - TimeSpan.FromDays(7) * number;
            var id = Id("drill", at);
            var seconds = 1500 - number * 12 + _dice.Next(200);
            var met = seconds < rtoSeconds;
            await verdicts.WriteAsync(
                new DrillVerdict(
                    id.ToString(), site, BackupLabel.Of(Id("backup", at - TimeSpan.FromHours(3)), "nightly").Value, at - TimeSpan.FromHours(3), at, at + TimeSpan.FromSeconds(seconds / 4),
                    met, seconds * 0.4, seconds * 0.6, seconds, rtoSeconds, met, 2_412_118, 200, 41_000_000, 2,
                    met ? [] : [new DrillFinding(DrillFindingKind.RtoMissed, $"the recovery takes {seconds} s, {seconds - rtoSeconds:0} s more than the objective")]),
                cancellationToken);
        }
    }

    /// <summary>Writes that many ended operations into a state file that the runtime has made and does not hold open.</summary>
    public void WriteOperations(string stateFile, int operations, TimeSpan every)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = stateFile, Pooling = false }.ToString());
        connection.Open();
        using var transaction = connection.BeginTransaction();
        for (var number = 0; number < operations; number++)
        {
            var kind = (number % 9) switch { 8 => "drill", 7 => "verify", 6 => "restore", _ => "backup" };
            WriteOperation(connection, kind, now - TimeSpan.FromHours(1) - every * number, fails: number % 31 == 12);
        }

        transaction.Commit();
    }

    private void WriteOperation(SqliteConnection connection, string kind, DateTimeOffset at, bool fails)
    {
        const int completed = 1;
        const int failed = 3;
        var seconds = 200 + _dice.Next(300);
        var ended = at + TimeSpan.FromSeconds(seconds);
        string[] phases = kind == "backup" ? ["preflight", "warm mirror", "stop API", "dump", "delta mirror", "start API", "commit"] : ["check", "clean up"];
        var steps = phases.Select((phase, index) => new OperationStep(phase, at + TimeSpan.FromSeconds(seconds * index / phases.Length), at + TimeSpan.FromSeconds(seconds * (index + 1) / phases.Length)));
        var status = new OperationStatus(phases[^1], [.. steps.Take(fails ? 3 : phases.Length)], CancelRequested: false, Progress: null);
        using var command = connection.CreateCommand();
        command.CommandText = """
            INSERT INTO instances(run, id, name, status, input, output, custom_status, failure, created_at, updated_at, completed_at)
            VALUES((SELECT coalesce(max(run), 0) + 1 FROM instances), $id, $name, $status, '{}', $output, $custom, $failure, $created, $ended, $ended)
            """;
        command.Parameters.AddWithValue("$id", Id(kind, at).ToString());
        command.Parameters.AddWithValue("$name", "BackupOrchestrator");
        command.Parameters.AddWithValue("$status", fails ? failed : completed);
        command.Parameters.AddWithValue("$output", fails ? DBNull.Value : """{"Label":"20261101T020000Z-nightly-1a2b","Site":"main","Complete":true,"TotalBytes":1398101333,"ApiDownSeconds":12.5,"Warnings":[]}""");
        command.Parameters.AddWithValue("$custom", JsonSerializer.Serialize(status));
        command.Parameters.AddWithValue("$failure", fails
            ? """{"ErrorType":"BuilderDrFunctions.Faults.PermanentFaultException","ErrorMessage":"DR3001: PostgreSQL at 10.0.0.5:5432 cannot be reached: connection refused\nHINT: see that it runs and that this machine may reach it","StackTrace":null}"""
            : DBNull.Value);
        command.Parameters.AddWithValue("$created", at.UtcTicks);
        command.Parameters.AddWithValue("$ended", ended.UtcTicks);
        command.ExecuteNonQuery();
    }

    private BackupManifest Set(BackupLabel label, OperationId id, DateTimeOffset at, double size, bool warns)
    {
        var artifacts = (long)(412_000 * size);
        var artifactBytes = (long)(1.9e12 * size) + _dice.Next(1_000_000);
        var dump = (long)(5.1e9 * size) + _dice.Next(40_000_000);
        var seconds = 1100 * size + _dice.Next(240);
        return new BackupManifest(
            BackupManifest.CurrentFormat, label.Value, site, id.ToString(), at, at + TimeSpan.FromSeconds(seconds), at + TimeSpan.FromSeconds(seconds / 2),
            new ApiRecord(Quiesced: true, Math.Round(38 * size + _dice.NextDouble() * 9, 1), null),
            [new DatabaseRecord("builder", "dumps/builder.dump.zst", "zstd", dump, dump * 4, "17.2", "17.2", (long)(2_412_118 * size), 27, "dumps/builder.fingerprint.json", new string('a', 64), 31 * size)],
            new ArtifactsRecord("inventory.jsonl.zst", artifacts, artifactBytes, _dice.Next(900), _dice.Next(900) * 4_200_000L,
                new InventoryCounts(artifacts, artifactBytes, Verified: artifacts - 12, Unlisted: 12)),
            new ConfigurationRecord("configuration.tar.enc", ["bldr-20210101000000"], 14, []),
            warns ? ["2 objects of the bucket are in no package of the database"] : [],
            [new SetFile("dumps/builder.dump.zst", dump, new string('b', 64)), new SetFile("inventory.jsonl.zst", 31_000_000, new string('c', 64))]);
    }

    private OperationId Id(string kind, DateTimeOffset at) => new(kind, at, site, (_number++ & 0xffff).ToString("x4", CultureInfo.InvariantCulture));
}
