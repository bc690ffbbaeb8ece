using System.Security.Cryptography;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Recovery;
using BuilderDrFunctions.Vault;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Chain;

/// <summary>Holds a set against the Builder it was taken of.</summary>
internal static class SetExactness
{
    /// <summary>The dump has a table of contents and, restored into a new database by pg_restore, gives the fingerprint of the manifest and of the source.</summary>
    public static async Task AssertDumpAsync(ChainApp app, BuilderSandbox builder, JsonElement set, CancellationToken cancellationToken)
    {
        var vault = Open(app, builder);
        var database = set.GetProperty("databases")[0];
        var label = new BackupLabel(set.GetProperty("label").GetString()!);
        var path = SetPaths.Set("main", label) + database.GetProperty("path").GetString();
        var server = TestSet.Access(builder.Postgres);
        var target = Servers.NewName("restored");
        await server.CreateDatabaseAsync(target, owner: null, "UTF8", locale: null, cancellationToken);
        try
        {
            await AssertListedAsync(builder, vault, path, cancellationToken);
            await using var dump = await vault.OpenReadAsync(path, 0, cancellationToken);
            await server.RestoreAsync(new RestoreRequest(target, DumpCompression.Zstd, null), dump, null, cancellationToken);
            var stored = await vault.ReadJsonAsync(
                SetPaths.Fingerprint("main", label, "builder"), CatalogJson.Of<DatabaseFingerprint>(), 1 << 20, cancellationToken);
            Assert.NotNull(stored);
            Assert.Equal(database.GetProperty("fingerprintDigest").GetString(), stored.Digest);
            Assert.Equal(stored.Digest, (await server.FingerprintAsync(target, stored.Algorithm, cancellationToken)).Digest);
            Assert.Equal(stored.Digest, (await server.FingerprintAsync("builder", stored.Algorithm, cancellationToken)).Digest);
        }
        finally
        {
            await server.DropDatabaseAsync(target, cancellationToken);
        }
    }

    /// <summary>Every artifact of the bucket, and no other, is in the inventory with the SHA-256 of its content.</summary>
    public static async Task AssertArtifactsAsync(ChainApp app, BuilderSandbox builder, JsonElement set, CancellationToken cancellationToken)
    {
        var vault = Open(app, builder);
        var label = new BackupLabel(set.GetProperty("label").GetString()!);
        var expected = builder.Generator.WithArtifacts().ToDictionary(package => package.ArtifactKey, StringComparer.Ordinal);
        await using var inventory = await InventoryReader.OpenAsync(vault, SetPaths.Inventory("main", label), null, cancellationToken);
        var seen = 0;
        await foreach (var entry in inventory.ReadAsync(cancellationToken))
        {
            if (entry.Name is null)
            {
                // A package whose artifact was never uploaded.
                Assert.Equal(ObjectVerdict.Missing, entry.Verdict);
                continue;
            }

            seen++;
            Assert.Equal(ObjectVerdict.Verified, entry.Verdict);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(builder.Generator.Artifact(expected[entry.Key]))), entry.Sha256);
            await using var stored = await vault.OpenReadAsync(ObjectVersion.PathOf("main", entry.Name), 0, cancellationToken);
            Assert.Equal(entry.Sha256, Convert.ToHexStringLower(await SHA256.HashDataAsync(stored, cancellationToken)));
        }

        Assert.Equal(expected.Count, seen);
    }

    // What the README tells operators to do by hand: zstd and pg_restore alone.
    private static async Task AssertListedAsync(BuilderSandbox builder, IVault vault, string path, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder("listed");
        await using (var file = File.Create(folder["dump.zst"]))
        {
            await using var dump = await vault.OpenReadAsync(path, 0, cancellationToken);
            await dump.CopyToAsync(file, cancellationToken);
        }

        var contents = await Tool.RunAsync(
            new ServerCommand("pg_restore", "sh", "-c", $"zstd -dc '{folder["dump.zst"]}' | '{builder.Postgres.ToolsFolder}/pg_restore' --list"), cancellationToken);
        await using var connection = await builder.Postgres.OpenAsync("builder", cancellationToken);
        await using var command = new Npgsql.NpgsqlCommand("SELECT schemaname || ' ' || tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')", connection);
        await using var tables = await command.ExecuteReaderAsync(cancellationToken);
        while (await tables.ReadAsync(cancellationToken))
        {
            Assert.Contains($"TABLE DATA {tables.GetString(0)} ", contents, StringComparison.Ordinal);
        }
    }

    private static IVault Open(ChainApp app, BuilderSandbox builder) => VaultFactory.Create(
        new VaultOptions { Url = app.Process.Settings["Vault__Url"]!, ConnectionString = builder.Azurite.ConnectionString }, TimeProvider.System);
}
