using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sites;
using Microsoft.Extensions.Options;
using Npgsql;

namespace BuilderDrFunctions.Drill;

/// <summary>The server that drills restore to.</summary>
public sealed class DrillServer(IOptions<DrillOptions> options)
{
    /// <summary>The configured server, or else the site's own.</summary>
    public async Task<PostgresServer> OpenAsync(ISiteConnection site, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(site);
        var server = options.Value.Server;
        return server.Host is { Length: > 0 } host
            ? new PostgresServer(
                new PostgresEndpoint
                {
                    Host = host,
                    Port = server.Port,
                    Username = server.Username,
                    Password = server.Password,
                    SslMode = server.SslMode,
                    SslRootCertificate = server.SslRootCertificate,
                    Tools = server.Tools,
                    ToolsCommand = server.ToolsCommand,
                },
                server.Tools is PostgresTools.OverSsh ? await site.GetHostAsync(cancellationToken) : null)
            : await site.GetPostgresAsync(cancellationToken);
    }

    /// <summary>The machine by which the server's disk can be looked at: the Builder host where the server is the site's own, else none but this one.</summary>
    public async Task<IBuilderHost?> HostAsync(ISiteConnection site, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(site);
        return options.Value.Server.Host is { Length: > 0 } ? null : await site.GetHostAsync(cancellationToken);
    }

    /// <summary>The databases of drills that are on a server now.</summary>
    internal static Task<IReadOnlyList<string>> ListAsync(PostgresServer server, CancellationToken cancellationToken) => server.WithMaintenanceAsync(
        static async (connection, token) =>
        {
            var found = new List<string>();
            await using var command = new NpgsqlCommand("SELECT datname::text FROM pg_catalog.pg_database WHERE datname LIKE 'builder\\_drill\\_%' ORDER BY 1", connection);
            await using var rows = await command.ExecuteReaderAsync(token);
            while (await rows.ReadAsync(token))
            {
                if (DrillNames.RunOf(rows.GetString(0)) is not null)
                {
                    found.Add(rows.GetString(0));
                }
            }

            return (IReadOnlyList<string>)found;
        },
        cancellationToken);
}
