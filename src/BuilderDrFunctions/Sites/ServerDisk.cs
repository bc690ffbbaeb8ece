using System.Globalization;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Sites;

/// <summary>The disk that a site's database server writes to.</summary>
internal static class ServerDisk
{
    /// <summary>Bytes free on the disk of the server's data folder; null where it cannot be looked at from here.</summary>
    public static async Task<long?> FreeAsync(PostgresServer postgres, IBuilderHost? host, CancellationToken cancellationToken)
    {
        if (await DataFolderAsync(postgres, cancellationToken) is not var (folder, isLocal) || !isLocal)
        {
            return null;
        }

        if (host is not null)
        {
            // The server is where the connection ends: on the Builder host, or else on this machine.
            var answer = await host.RunAsync(new HostCommand("df", ["-Pk", folder], Timeout: TimeSpan.FromSeconds(30)), cancellationToken);
            if (answer.ExitCode == 0 && FreeOf(answer.Output) is { } free)
            {
                return free;
            }
        }

        return Directory.Exists(folder) ? new DriveInfo(folder).AvailableFreeSpace : null;
    }

    /// <summary>The fourth number of <c>df -Pk</c>'s second line, in bytes.</summary>
    internal static long? FreeOf(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [_, var line, ..]
        && line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var free, ..]
        && long.TryParse(free, NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes)
            ? kilobytes * 1024
            : null;

    private static Task<(string Folder, bool IsLocal)?> DataFolderAsync(PostgresServer postgres, CancellationToken cancellationToken) => postgres.WithMaintenanceAsync(
        static async (connection, token) =>
        {
            await using var command = new NpgsqlCommand(
                "SELECT current_setting('data_directory'), inet_server_addr() IS NULL OR host(inet_server_addr()) IN ('127.0.0.1', '::1')", connection);
            try
            {
                await using var row = await command.ExecuteReaderAsync(token);
                return await row.ReadAsync(token) ? (row.GetString(0), row.GetBoolean(1)) : ((string, bool)?)null;
            }
            catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InsufficientPrivilege)
            {
                return null;
            }
        },
        cancellationToken);
}
