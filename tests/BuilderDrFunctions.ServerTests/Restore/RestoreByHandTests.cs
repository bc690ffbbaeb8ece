using System.Globalization;
using System.Security.Cryptography;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using BuilderDrFunctions.ServerTests.Portal;
using BuilderDrFunctions.ServerTests.Recovery;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>A set is restored without this program, by the very commands that the README gives for it.</summary>
public sealed class RestoreByHandTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private const string Heading = "## Restore by hand";
    private const string Beginning = "```sh\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_commands_of_the_README_bring_database_and_artifacts_back()
    {
        using var folder = new TemporaryFolder("byhand");
        string label;
        await using (var app = await chain.StartAppAsync(("Vault__Url", $"file://{folder["vault"]}"), ("Vault__ConnectionString", null), ("Vault__CreateIfMissing", "true")))
        {
            label = (await app.ManifestAsync(await app.BackUpAsync())).GetProperty("label").GetString()!;
        }

        var server = TestSet.Access(chain.Builder.Postgres);
        var expected = (await server.FingerprintAsync("builder", null, Token)).Digest;
        await chain.Builder.Postgres.ExecuteAsync("builder", "DELETE FROM account_tokens", Token);
        var script = new ServerCommand("by hand", "bash", "-c", await ScriptAsync(folder, label))
        {
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["PGPASSWORD"] = chain.Builder.Postgres.Password },
        };
        await Tool.RunAsync(script, Token);

        Assert.Equal(expected, (await server.FingerprintAsync("builder", null, Token)).Digest);
        Assert.Equal(["hab"], await server.ListOwnersAsync("builder", Token));
        var packages = chain.Builder.Generator.WithArtifacts().ToList();
        Assert.Equal(packages.Count, Directory.EnumerateFiles(folder["bucket"], "*", SearchOption.AllDirectories).Count());
        foreach (var package in packages)
        {
            Assert.Equal(SHA256.HashData(chain.Builder.Generator.Artifact(package)), SHA256.HashData(await File.ReadAllBytesAsync(folder[$"bucket/{package.ArtifactKey}"], Token)));
        }
    }

    /// <summary>The README's commands for this server and set; MinIO's client, which cannot be had here, becomes one that copies into a folder.</summary>
    private async Task<string> ScriptAsync(TemporaryFolder folder, string label)
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(PortalPage.Repository(), "README.md"), Token);
        var from = readme.IndexOf(Beginning, readme.IndexOf(Heading, StringComparison.Ordinal), StringComparison.Ordinal) + Beginning.Length;
        var commands = readme[from..readme.IndexOf("```", from, StringComparison.Ordinal)].Split('\n')
            .Where(line => !line.StartsWith("hab ", StringComparison.Ordinal) && !line.EndsWith("# compression \"gzip\"", StringComparison.Ordinal));
        var postgres = chain.Builder.Postgres;
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            set -euo pipefail
            export PATH='{{postgres.ToolsFolder}}':"$PATH" PGPORT={{postgres.Port}}
            mc() { [ "$1" = cp ]; mkdir -p "$(dirname "${3/#builder\/BUCKET/{{folder["bucket"]}}}")"; cp "$2" "${3/#builder\/BUCKET/{{folder["bucket"]}}}"; }
            cd '{{folder["vault"]}}'
            {{string.Join('\n', commands).Replace("HOST", postgres.Host, StringComparison.Ordinal).Replace("LABEL", label, StringComparison.Ordinal)}}
            """);
    }
}
