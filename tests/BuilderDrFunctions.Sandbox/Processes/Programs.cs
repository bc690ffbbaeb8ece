using System.Globalization;

namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>Finds installed programs.</summary>
public static class Programs
{
    private static readonly string[] SystemFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>The program's path; a <see cref="MissingServerException"/> when it is not installed.</summary>
    public static string Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(SystemFolders)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists)
        ?? throw new MissingServerException(name);

    /// <summary>The folder of the newest installed PostgreSQL's programs; Debian keeps them off the PATH.</summary>
    public static string PostgresFolder()
    {
        const string versions = "/usr/lib/postgresql";
        var newest = !Directory.Exists(versions) ? null : Directory.EnumerateDirectories(versions)
            .Select(folder => (Folder: Path.Combine(folder, "bin"), Version: Number(Path.GetFileName(folder))))
            .Where(found => File.Exists(Path.Combine(found.Folder, "postgres")))
            .MaxBy(found => found.Version).Folder;
        return newest ?? throw new MissingServerException("postgres");
    }

    private static double Number(string version) =>
        double.TryParse(version, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
