using System.Globalization;

namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>A folder below the system's temporary one, removed when disposed; one left by a program that was killed is removed by the next.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private const string Prefix = "bdr-";

    /// <summary>Makes the folder; its name is short, because a Unix socket's path holds 107 bytes at most.</summary>
    public TemporaryFolder(string purpose, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
    {
        RemoveAbandoned();
        var random = Convert.ToHexStringLower(BitConverter.GetBytes(Random.Shared.Next()));
        FullPath = Path.Combine(Path.GetTempPath(), $"{Prefix}{Environment.ProcessId}-{purpose}-{random}");
        Directory.CreateDirectory(FullPath);
        // set apart from the creation, which the process's umask would narrow
        File.SetUnixFileMode(FullPath, mode);
    }

    /// <summary>Its path.</summary>
    public string FullPath { get; }

    /// <summary>A path in it.</summary>
    public string this[string name] => Path.Combine(FullPath, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Remove(FullPath) is { } hindrance)
        {
            // a server that is still ending may hold or write files: the next sandbox's sweep takes the rest
            Console.Error.WriteLine($"{FullPath} could not be removed yet: {hindrance.Message}");
        }
    }

    private static void RemoveAbandoned()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            var owner = Path.GetFileName(folder)[Prefix.Length..].Split('-')[0];
            if (int.TryParse(owner, CultureInfo.InvariantCulture, out var processId) && !Directory.Exists($"/proc/{processId}"))
            {
                // another user's cannot be removed: its owner's next sandbox does
                Remove(folder);
            }
        }
    }

    private static Exception? Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            // another sandbox that swept at the same time was first
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }
}
