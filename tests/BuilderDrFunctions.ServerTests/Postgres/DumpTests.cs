using System.Security.Cryptography;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

public sealed class DumpTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_builder_s_dump_restores_to_the_same_fingerprint_with_this_app_or_with_standard_tools_alone()
    {
        await using var database = await servers.NewBuilderDatabaseAsync();
        var server = database.Cluster.Server();
        await server.CheckDumpableAsync(database.Name, Cancellation);
        foreach (var compression in new[] { DumpCompression.Zstd, DumpCompression.Gzip })
        {
            using var folder = new TemporaryFolder("dump");
            var file = folder["stored"];
            var seen = new Reports();
            DumpFacts facts;
            await using (var stored = File.Create(file))
            {
                facts = await server.DumpAsync(new DumpRequest(database.Name, compression), stored, seen, Cancellation);
            }

            Assert.Equal(new FileInfo(file).Length, facts.StoredBytes);
            Assert.Equal(await HashAsync(file), facts.StoredSha256);
            Assert.Equal(new DumpProgress(facts.ArchiveBytes, facts.StoredBytes, facts.Fingerprint.Tables.Count, facts.Fingerprint.Tables.Count), seen.Last);
            Assert.InRange(facts.SnapshotHeld, TimeSpan.FromTicks(1), facts.Elapsed);
            Assert.InRange(facts.Fingerprint.Rows, 500, long.MaxValue);
            Assert.All(facts.Fingerprint.Schema.Sequences, sequence => Assert.Equal(sequence.Position, sequence.PositionAtEnd));

            var listed = await server.ListArchiveAsync(File.OpenRead(file), compression, Cancellation);
            Assert.Equal(facts.Fingerprint.Tables.Count, listed.Tables);
            Assert.StartsWith(facts.ToolVersion, listed.ToolVersion, StringComparison.Ordinal);
            await AssertStandardToolsListAsync(database.Cluster.ToolsFolder, file, compression, listed.Entries);

            await AssertRestoresAsync(database, facts, request => server.RestoreAsync(request, File.OpenRead(file), progress: null, Cancellation));
            await AssertRestoresAsync(database, facts, async request => (await server.RestoreAndFingerprintAsync(
                request, File.OpenRead(file), new RestoreStaging(folder.FullPath, Workers: 2), facts.Fingerprint.Algorithm, progress: null, Cancellation)).Restore);
            Assert.Equal([file], Directory.GetFiles(folder.FullPath));
        }
    }

    [Fact]
    public async Task A_dump_under_load_is_of_one_moment()
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(database.Name, "CREATE TABLE entries (id bigserial PRIMARY KEY, at timestamptz DEFAULT now()); INSERT INTO entries SELECT FROM generate_series(1, 2000)", Cancellation);
        var server = database.Cluster.Server();
        using var enough = new CancellationTokenSource();
        var writing = WriteUntilAsync(database, enough.Token);
        using var stored = new MemoryStream();
        var facts = await server.DumpAsync(new DumpRequest(database.Name), stored, progress: null, Cancellation);
        await enough.CancelAsync();
        Assert.True(await writing > 0);
        stored.Position = 0;
        await AssertRestoresAsync(database, facts, request => server.RestoreAsync(request, stored, progress: null, Cancellation));
        Assert.NotEmpty(FingerprintComparison.Compare(facts.Fingerprint, await server.FingerprintAsync(database.Name, algorithm: null, Cancellation)));
    }

    [Fact]
    public async Task Hundred_and_twenty_eight_shards_are_dumped_and_come_back()
    {
        await using var database = await servers.NewDatabaseAsync();
        await database.Cluster.ExecuteAsync(
            database.Name,
            """
            DO $$ BEGIN FOR shard IN 0..127 LOOP
              EXECUTE format('CREATE SCHEMA shard_%s', shard);
              FOR t IN 1..6 LOOP EXECUTE format('CREATE TABLE shard_%s.t%s (id bigint PRIMARY KEY, name text UNIQUE); INSERT INTO shard_%s.t%s VALUES (%s, %L)', shard, t, shard, t, shard, shard); END LOOP;
              COMMIT;
            END LOOP; END $$
            """,
            Cancellation);
        var server = database.Cluster.Server();
        using var stored = new MemoryStream();
        var facts = await server.DumpAsync(new DumpRequest(database.Name), stored, progress: null, Cancellation);
        Assert.Equal(128 * 6, facts.Fingerprint.Tables.Count);
        Assert.Equal(128 * 6, facts.Fingerprint.Rows);
        stored.Position = 0;
        await AssertRestoresAsync(database, facts, request => server.RestoreAsync(request, stored, progress: null, Cancellation));
    }

    private static async Task AssertRestoresAsync(TestDatabase source, DumpFacts facts, Func<RestoreRequest, Task<RestoreFacts>> restore)
    {
        var server = source.Cluster.Server();
        var owner = Servers.NewName("owner");
        var target = Servers.NewName("restored");
        await source.Cluster.ExecuteAsync("postgres", $"CREATE ROLE {owner}", Cancellation);
        await server.CreateDatabaseAsync(target, owner, "UTF8", locale: null, Cancellation);
        try
        {
            var restored = await restore(new RestoreRequest(target, facts.Compression, owner));
            Assert.True(restored.ArchiveBytes > 0);
            var fingerprint = await server.FingerprintAsync(target, facts.Fingerprint.Algorithm, Cancellation);
            Assert.Empty(FingerprintComparison.Compare(facts.Fingerprint, fingerprint));
            Assert.Equal(owner, (await server.FindDatabaseAsync(target, Cancellation))!.Owner);
        }
        finally
        {
            Assert.True(await server.DropDatabaseAsync(target, Cancellation));
            await source.Cluster.ExecuteAsync("postgres", $"DROP ROLE {owner}", Cancellation);
        }
    }

    private static async Task AssertStandardToolsListAsync(string tools, string file, DumpCompression compression, int entries)
    {
        var unpack = compression == DumpCompression.Zstd ? "zstd -dc" : "cat";
        var output = await Tool.RunAsync(new ServerCommand("sh", "sh", "-c", $"{unpack} '{file}' | '{tools}/pg_restore' --list | grep -c '^[0-9]'"), Cancellation);
        Assert.Equal(entries, int.Parse(output, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static async Task<string> HashAsync(string file)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, Cancellation));
    }

    private static async Task<int> WriteUntilAsync(TestDatabase database, CancellationToken enough)
    {
        await using var connection = await database.Cluster.OpenAsync(database.Name, CancellationToken.None);
        await using var insert = new Npgsql.NpgsqlCommand("INSERT INTO entries DEFAULT VALUES; DELETE FROM entries WHERE id % 7 = 0", connection);
        var written = 0;
        while (!enough.IsCancellationRequested)
        {
            await insert.ExecuteNonQueryAsync(CancellationToken.None);
            written++;
        }

        return written;
    }

    private sealed class Reports : IProgress<DumpProgress>
    {
        public DumpProgress? Last { get; private set; }

        public void Report(DumpProgress value) => Last = value;
    }
}
