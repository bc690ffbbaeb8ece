using System.Security.Cryptography;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Options;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Recovery;

/// <summary>A committed set of one database in a folder, and what reads it back.</summary>
internal sealed class TestSet : IDisposable
{
    public const string Site = "main";
    private readonly TemporaryFolder folder = new("set");

    private TestSet(int workers)
    {
        Vault = new FolderVault(folder["vault"], createIfMissing: true, TimeProvider.System);
        Files = new SetFiles(Vault, new SetCatalog(Vault));
        Dumps = new DumpRestorer(Files, Options.Create(new RecoveryOptions { StagingFolder = folder.FullPath, Workers = workers }), TimeProvider.System);
    }

    public FolderVault Vault { get; }

    public SetFiles Files { get; }

    public DumpRestorer Dumps { get; }

    public BackupManifest Manifest { get; private set; } = null!;

    public DatabaseRecord Database => Manifest.Databases[0];

    /// <summary>Where a file of the set lies on disk.</summary>
    public string PathOf(string path) => Path.Combine(folder["vault"], SetPaths.Set(Site, new BackupLabel(Manifest.Label)), path);

    public static PostgresServer Access(PostgresCluster cluster) => new(
        new PostgresEndpoint { Host = cluster.Host, Port = cluster.Port, Username = cluster.Username, Password = cluster.Password, Tools = cluster.ToolsFolder }, host: null);

    /// <summary>Backs a database up; its fingerprint tells another locale where one is given.</summary>
    public static async Task<TestSet> OfAsync(TestDatabase source, int workers = 2, DatabaseLocale? locale = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var set = new TestSet(workers);
        var label = new BackupLabel("20261122T020000Z-nightly-1a2b");
        var path = SetPaths.Dump(Site, label, "builder", DumpCompression.Zstd);
        DumpFacts facts;
        await using (var writer = await set.Vault.CreateAsync(path, null, cancellation))
        {
            facts = await Access(source.Cluster).DumpAsync(new DumpRequest(source.Name), writer.Content, progress: null, cancellation);
            await writer.CommitAsync(cancellation);
        }

        var fingerprint = SetPaths.Fingerprint(Site, label, "builder");
        var schema = facts.Fingerprint.Schema;
        var content = JsonSerializer.SerializeToUtf8Bytes(facts.Fingerprint with { Schema = schema with { Locale = locale ?? schema.Locale } }, CatalogJson.Options);
        await set.Vault.TryCreateAsync(fingerprint, content, cancellation);
        await using var inventory = await InventoryWriter.CreateAsync(set.Vault, SetPaths.Inventory(Site, label), new InventoryHeader(Site, "backup"), cancellation);
        var (_, sha256) = await inventory.CommitAsync(cancellation);
        var inventoryBytes = (await set.Vault.FindAsync(SetPaths.Inventory(Site, label), cancellation))!.Bytes;
        var now = DateTimeOffset.UtcNow;
        set.Manifest = new BackupManifest(
            BackupManifest.CurrentFormat, label.Value, Site, "backup-20261122T020000Z-main-1a2b", now, now, now, new ApiRecord(false, 0, null),
            [
                new DatabaseRecord(
                    "builder", SetPaths.WithinSet(path), "zstd", facts.StoredBytes, facts.ArchiveBytes, facts.ServerVersion, facts.ToolVersion,
                    facts.Fingerprint.Rows, facts.Fingerprint.Tables.Count, SetPaths.WithinSet(fingerprint), facts.Fingerprint.Digest, 1),
            ],
            new ArtifactsRecord("inventory.jsonl.zst", 0, 0, 0, 0, new InventoryCounts()), null, [],
            [
                new SetFile(SetPaths.WithinSet(path), facts.StoredBytes, facts.StoredSha256),
                new SetFile(SetPaths.WithinSet(fingerprint), content.Length, Convert.ToHexStringLower(SHA256.HashData(content))),
                new SetFile("inventory.jsonl.zst", inventoryBytes, sha256),
            ]);
        await new SetCatalog(set.Vault).CommitAsync(set.Manifest, cancellation);
        return set;
    }

    public void Dispose() => folder.Dispose();
}
