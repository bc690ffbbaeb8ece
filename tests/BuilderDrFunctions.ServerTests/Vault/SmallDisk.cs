using BuilderDrFunctions.Sandbox.Processes;

namespace BuilderDrFunctions.ServerTests.Vault;

/// <summary>A file system of a few megabytes in memory, to be filled.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Mounts one.</summary>
    /// <param name="folder">Where it is seen.</param>
    /// <param name="megabytes">How much goes in.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="names">How many files, folders and further names of files it has, its own root among them; 0: as many as one likes.</param>
    public static async Task<SmallDisk> MountAsync(string folder, int megabytes, CancellationToken cancellationToken, int names = 0)
    {
        Directory.CreateDirectory(folder);
        await Tool.RunAsync(new ServerCommand("mount", "mount", "-t", "tmpfs", "-o", $"size={megabytes}m,nr_inodes={names}", "none", folder), cancellationToken);
        return new SmallDisk(folder);
    }

    public Task TurnReadOnlyAsync(CancellationToken cancellationToken) =>
        Tool.RunAsync(new ServerCommand("mount", "mount", "-o", "remount,ro", Folder), cancellationToken);

    /// <summary>Takes up all there is.</summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        await using var all = new FileStream(Path.Combine(Folder, "all-there-is"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                await all.WriteAsync(block, cancellationToken);
            }
        }
        catch (IOException)
        {
            // Nothing more goes in.
        }
    }

    public async ValueTask DisposeAsync() =>
        await Tool.RunAsync(new ServerCommand("umount", "umount", "--lazy", Folder), CancellationToken.None);
}
