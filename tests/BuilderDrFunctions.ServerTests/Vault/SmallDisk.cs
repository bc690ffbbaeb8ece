using BuilderDrFunctions.Sandbox.Processes;

namespace BuilderDrFunctions.ServerTests.Vault;

/// <summary>A file system of a few megabytes in memory, to be filled.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    public static async Task<SmallDisk> MountAsync(string folder, int megabytes, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        await Tool.RunAsync(new ServerCommand("mount", "mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "none", folder), cancellationToken);
        return new SmallDisk(folder);
    }

    public Task TurnReadOnlyAsync(CancellationToken cancellationToken) =>
        Tool.RunAsync(new ServerCommand("mount", "mount", "-o", "remount,ro", Folder), cancellationToken);

    public async ValueTask DisposeAsync() =>
        await Tool.RunAsync(new ServerCommand("umount", "umount", "--lazy", Folder), CancellationToken.None);
}
