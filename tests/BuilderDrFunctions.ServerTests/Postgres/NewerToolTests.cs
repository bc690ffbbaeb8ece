using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

/// <summary>A pg_restore from 17 on begins with a setting that a server up to 16 refuses: here the installed one behind the server's own refusal.</summary>
public sealed class NewerToolTests(Servers servers) : IDisposable
{
    private readonly TemporaryFolder _tools = new("tools");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _tools.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_restores_to_an_older_server(bool isStaged)
    {
        await using var source = await servers.NewDatabaseAsync();
        await using var target = await servers.NewDatabaseAsync();
        await source.Cluster.ExecuteAsync(source.Name, "CREATE TABLE t AS SELECT n, n::text AS text FROM generate_series(1, 5000) AS n; CREATE INDEX ON t (n); CREATE INDEX ON t (text)", Cancellation);
        using var stored = new MemoryStream();
        var facts = await source.Cluster.Server().DumpAsync(new DumpRequest(source.Name), stored, progress: null, Cancellation);
        stored.Position = 0;

        var restored = await RestoreAsync(await ServerAsync(source.Cluster), target.Name, stored, isStaged, facts);

        Assert.StartsWith("17.2", restored.Restore.ToolVersion, StringComparison.Ordinal);
        Assert.Empty(FingerprintComparison.Compare(facts.Fingerprint, restored.Fingerprint));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_fails_at_everything_else(bool isStaged)
    {
        await using var source = await servers.NewDatabaseAsync();
        await source.Cluster.ExecuteAsync(source.Name, "CREATE TABLE t AS SELECT 1 AS one", Cancellation);
        using var stored = new MemoryStream();
        var facts = await source.Cluster.Server().DumpAsync(new DumpRequest(source.Name), stored, progress: null, Cancellation);
        stored.Position = 0;
        var server = await ServerAsync(source.Cluster);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => RestoreAsync(server, source.Name, stored, isStaged, facts));

        Assert.Equal("DR3031", fault.Code);
        Assert.Contains("already exists", fault.What, StringComparison.Ordinal);
    }

    private async Task<RestoredFacts> RestoreAsync(PostgresServer server, string database, Stream dump, bool isStaged, DumpFacts facts) =>
        await server.RestoreAndFingerprintAsync(
            new RestoreRequest(database, DumpCompression.Zstd, OwnerRole: null), dump, isStaged ? new RestoreStaging(_tools.FullPath, Workers: 2) : null, facts.Fingerprint.Algorithm,
            progress: null, Cancellation);

    /// <summary>What 17 does and prints, as <c>pg_backup_archiver.c</c> has it: told to stop at errors it stops at the first, else it goes on and counts.</summary>
    private async Task<PostgresServer> ServerAsync(PostgresCluster cluster)
    {
        var script = $$"""
            #!/bin/sh
            real='{{cluster.ToolsFolder}}'
            [ "$1" = --version ] && { echo 'pg_restore (PostgreSQL) 17.2'; exit 0; }
            connects= strict=
            for argument; do
                case $argument in --dbname=*) connects=${argument#--dbname=} ;; --exit-on-error) strict=1 ;; esac
            done
            [ -n "$connects" ] || exec "$real/pg_restore" "$@"
            if refusal=$("$real/psql" -X -q -d "$connects" -c 'SET transaction_timeout = 0' 2>&1); then exec "$real/pg_restore" "$@"; fi
            printf 'pg_restore: while INITIALIZING:\npg_restore: error: could not execute query: %s\nCommand was: SET transaction_timeout = 0;\n\n' "$refusal" >&2
            [ -z "$strict" ] || exit 1
            said=$("$real/pg_restore" "$@" 2>&1)
            ignored=$(printf '%s' "$said" | sed -n 's/.*errors ignored on restore: //p')
            printf '%s\n' "$said" | grep -v 'errors ignored on restore' >&2
            echo "pg_restore: warning: errors ignored on restore: $((${ignored:-0} + 1))" >&2
            exit 1

            """;
        await File.WriteAllTextAsync(_tools["pg_restore"], script, Cancellation);
        await Tool.RunAsync(new ServerCommand("chmod", "chmod", "500", _tools["pg_restore"]), Cancellation);
        return new PostgresServer(cluster.Endpoint(tools: _tools.FullPath), host: null);
    }
}
