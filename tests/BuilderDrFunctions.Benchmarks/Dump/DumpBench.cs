using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Benchmarks.Dump;

/// <summary>The dump of a Builder with 200,000 packages, against the documented <c>pg_dump --format=custom</c>, and its memory at twice that size.</summary>
internal sealed class DumpBench : IBenchGroup
{
    private const string Database = "builder";
    private const int Rounds = 3;
    private const double Megabyte = 1e6;

    public string Name => "dump";

    public async Task RunAsync(BenchReport report, CancellationToken cancellationToken)
    {
        await using var cluster = await PostgresCluster.StartNewAsync(new PostgresClusterOptions(), cancellationToken);
        await cluster.CreateDatabaseAsync(Database, cancellationToken);
        await using (var connection = await cluster.OpenAsync(Database, cancellationToken))
        {
            await new PackageGenerator(DataSize.Large, BuilderSettings.DefaultKeys).FillAsync(connection, cancellationToken);
        }

        using var folder = new TemporaryFolder("dump-bench");
        var endpoint = Endpoint(cluster);
        var zstd = await CompareAsync(endpoint, folder, DumpCompression.Zstd, cancellationToken);
        report.Inform("uncompressed archive", zstd.Facts.ArchiveBytes / Megabyte, "MB");
        report.Inform("pg_dump --format=custom > /dev/null, median", zstd.Times.Reference, "s");
        report.Inform("dump, zstd, digest, fingerprint and store, median", zstd.Times.Candidate, "s");
        report.Inform("stored, zstd", zstd.Facts.StoredBytes / Megabyte, "MB");
        report.AtMost("zstd: time by pg_dump's", zstd.Times.Ratio, "ratio", 0.7);
        var gzip = await CompareAsync(endpoint, folder, DumpCompression.Gzip, cancellationToken);
        report.Inform("dump, gzip, digest, fingerprint and store, median", gzip.Times.Candidate, "s");
        report.Inform("stored, gzip", gzip.Facts.StoredBytes / Megabyte, "MB");
        report.AtMost("gzip: time by pg_dump's", gzip.Times.Ratio, "ratio", 1.05);

        // the same rows once more under another name: a dump of twice the size
        await cluster.ExecuteAsync(Database, "CREATE TABLE origin_packages_again AS TABLE origin_packages", cancellationToken);
        var child = await DumpChild.MeasureAsync(endpoint, Database, folder, cancellationToken);
        report.AtLeast("archive dumped by a process of its own", child.ArchiveBytes / Megabyte, "MB", 2000);
        report.AtMost("its peak resident memory", child.PeakBytes / Megabyte, "MB", 300);
        report.AtMost("its largest temporary file", child.LargestTemporaryBytes / Megabyte, "MB", 64);

        var chain = await ChainFigures.MeasureAsync(cancellationToken);
        report.AtLeast("whole backup over HTTP: archive", chain.ArchiveBytes / Megabyte, "MB", 2000);
        report.AtMost("whole backup: the app's peak resident memory", chain.PeakBytes / Megabyte, "MB", 300);
        report.AtMost("whole backup: its largest temporary file", chain.LargestTemporaryBytes / Megabyte, "MB", 64);
        report.Inform("whole backup: dump", chain.DumpSeconds, "s");
        report.Inform("whole backup: API down", chain.DownSeconds, "s");
        report.AtMost("whole backup: API down beyond the dump", chain.DownSeconds - chain.DumpSeconds, "s", 5);
    }

    /// <summary>Dumps into a folder vault, commits, and removes it again.</summary>
    internal static async Task<DumpFacts> DumpAsync(PostgresEndpoint endpoint, string database, string vaultFolder, DumpCompression compression, CancellationToken cancellationToken)
    {
        using var vault = new FolderVault(vaultFolder, createIfMissing: true, TimeProvider.System);
        const string path = "sets/bench/builder.dump";
        await using var writer = await vault.CreateAsync(path, expectedBytes: null, cancellationToken);
        var facts = await new PostgresServer(endpoint, host: null).DumpAsync(new DumpRequest(database, compression), writer.Content, progress: null, cancellationToken);
        await writer.CommitAsync(cancellationToken);
        await vault.DeleteAsync(path, cancellationToken);
        return facts;
    }

    private static async Task<(InterleavedResult Times, DumpFacts Facts)> CompareAsync(PostgresEndpoint endpoint, TemporaryFolder folder, DumpCompression compression, CancellationToken cancellationToken)
    {
        DumpFacts? facts = null;
        var times = await Interleaved.RunAsync(
            Rounds,
            token => PlainDumpAsync(endpoint, token),
            async token => facts = await DumpAsync(endpoint, Database, folder["vault"], compression, token),
            cancellationToken);
        return (times, facts!);
    }

    private static async Task PlainDumpAsync(PostgresEndpoint endpoint, CancellationToken cancellationToken) =>
        await Tool.RunAsync(
            new ServerCommand("pg_dump", "sh", "-c", $"exec '{endpoint.Tools}/pg_dump' --format=custom --host={endpoint.Host} --port={endpoint.Port} --username={endpoint.Username} {Database} > /dev/null")
            {
                Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["PGPASSWORD"] = endpoint.Password },
            },
            cancellationToken);

    private static PostgresEndpoint Endpoint(PostgresCluster cluster) => new()
    {
        Host = cluster.Host,
        Port = cluster.Port,
        Username = cluster.Username,
        Password = cluster.Password,
        Tools = cluster.ToolsFolder,
    };
}
