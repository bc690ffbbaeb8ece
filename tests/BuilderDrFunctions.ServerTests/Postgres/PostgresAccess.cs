using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.ServerTests.Postgres;

/// <summary>The seam against a test cluster.</summary>
internal static class PostgresAccess
{
    public static PostgresEndpoint Endpoint(
        this PostgresCluster cluster, string? password = null, string? tools = null, string? username = null, int? port = null, string? sslMode = null, string? host = null) => new()
        {
            Host = host ?? cluster.Host,
            Port = port ?? cluster.Port,
            Username = username ?? cluster.Username,
            Password = password ?? cluster.Password,
            Tools = tools ?? cluster.ToolsFolder,
            SslMode = sslMode ?? "prefer",
        };

    public static PostgresServer Server(this PostgresCluster cluster) => new(cluster.Endpoint(), host: null);

    /// <summary>The machine of an SSH server, as the Builder host on which tools run.</summary>
    public static SshBuilderHost Connect(this SshServer ssh) => new(new ServiceOptions
    {
        Control = "ssh",
        Host = ssh.Host,
        Port = ssh.Port,
        User = ssh.User,
        PrivateKeyFile = ssh.PrivateKeyFile,
        HostKeyFingerprint = ssh.HostKeyFingerprint,
    });

    /// <summary>The processes of that name that work on that database, started by anyone.</summary>
    public static IReadOnlyList<int> ToolProcesses(string tool, string database) =>
        Processes(tool, "environ", content => content.Split('\0').Contains($"PGDATABASE={database}", StringComparer.Ordinal));

    /// <summary>The pg_restore processes that restore into that database, started by anyone.</summary>
    public static IReadOnlyList<int> RestoreProcesses(string database) =>
        Processes("pg_restore", "cmdline", content => content.Split('\0').Any(argument => argument.StartsWith($"--dbname=dbname='{database}' ", StringComparison.Ordinal)));

    private static List<int> Processes(string tool, string file, Func<string, bool> matches)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture, out _)))
        {
            try
            {
                var name = File.ReadAllText(Path.Combine(folder, "comm")).Trim();
                if (string.Equals(name, tool, StringComparison.Ordinal)
                    && matches(File.ReadAllText(Path.Combine(folder, file))))
                {
                    found.Add(int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // it ended meanwhile
            }
        }

        return found;
    }
}
