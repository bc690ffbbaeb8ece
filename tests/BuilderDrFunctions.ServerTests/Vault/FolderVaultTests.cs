using System.Runtime.Versioning;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Vault;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Vault;

[UnsupportedOSPlatform("windows")]
public sealed class FolderVaultTests : VaultContract
{
    private readonly TemporaryFolder folder = new("vault");

    private string Root => folder["sets"];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        folder.Dispose();
    }

    protected override Task<IVault> OpenAsync() => Task.FromResult(Open(Root));

    [Fact]
    public async Task Files_and_folders_are_their_owners_alone()
    {
        await Vault.TryCreateAsync("sets/one/dump", "x"u8.ToArray(), Token);
        await Vault.TryReplaceAsync("state", "x"u8.ToArray(), null, Token);

        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.All(Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories), path => Assert.Equal(file, File.GetUnixFileMode(path)));
        Assert.All(
            Directory.EnumerateDirectories(Root, "*", SearchOption.AllDirectories).Append(Root),
            path => Assert.Equal(file | UnixFileMode.UserExecute, File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task What_the_disk_does_not_tell_is_not_taken_for_absent()
    {
        await Vault.TryCreateAsync("sets/one/dump", "x"u8.ToArray(), Token);
        // A link to itself: the system answers neither yes nor no.
        File.CreateSymbolicLink(Path.Combine(Root, "sets/loop"), "loop");

        var fault = await Assert.ThrowsAnyAsync<FaultException>(() => Vault.FindAsync("sets/loop/manifest.json", Token));

        Assert.Equal("DR5010", fault.Code);
        Assert.Null(await Vault.FindAsync("sets/two/manifest.json", Token));
        Assert.Null(await Vault.FindAsync("sets/one/dump/manifest.json", Token));
    }

    [Fact]
    public async Task What_a_crashed_upload_left_is_invisible_and_removed_when_old()
    {
        await Vault.CheckWritableAsync(Token);
        var crashed = await Vault.CreateAsync("sets/one/dump", null, Token);
        await crashed.Content.WriteAsync(new byte[1000], Token);
        var running = await Vault.CreateAsync("sets/one/other", null, Token);
        await running.Content.WriteAsync(new byte[1000], Token);
        var left = Directory.GetFiles(Path.Combine(Root, ".staging"));
        Assert.Equal(2, left.Length);
        File.SetLastWriteTimeUtc(left[0], TimeProvider.System.GetUtcNow().UtcDateTime - TimeSpan.FromHours(25));

        Assert.Empty(await PathsAsync(""));
        await Vault.CheckWritableAsync(Token);

        Assert.Equal([left[1]], Directory.GetFiles(Path.Combine(Root, ".staging")));
        await crashed.DisposeAsync();
        await running.DisposeAsync();
    }

    [Fact]
    public async Task A_deletion_removes_the_folders_it_empties_and_no_other()
    {
        await Vault.TryCreateAsync("a/b/c/one", "x"u8.ToArray(), Token);
        await Vault.TryCreateAsync("a/two", "x"u8.ToArray(), Token);

        await Vault.DeleteAsync("a/b/c/one", Token);

        Assert.False(Directory.Exists(Path.Combine(Root, "a/b")));
        Assert.Equal(["a/two"], await PathsAsync(""));
    }

    [Fact]
    public async Task Creations_survive_deletions_that_prune_their_folder()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                Assert.True(await Vault.TryCreateAsync($"a/b/{worker}", "x"u8.ToArray(), Token));
                Assert.True(await Vault.DeleteAsync($"a/b/{worker}", Token));
            }
        }, Token)));

        Assert.Empty(await PathsAsync(""));
    }

    [Fact]
    public async Task A_full_disk_is_named_with_free_and_needed_bytes()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        await using var disk = await SmallDisk.MountAsync(folder["disk"], megabytes: 4, Token);
        var vault = Open(Path.Combine(disk.Folder, "sets"));
        await vault.TryCreateAsync("before", new byte[100_000], Token);

        var known = await Assert.ThrowsAsync<PermanentFaultException>(() => vault.CreateAsync("dump", 5_000_000, Token));
        var found = await Assert.ThrowsAsync<PermanentFaultException>(async () =>
        {
            await using var writer = await vault.CreateAsync("dump", null, Token);
            for (var i = 0; i < 100; i++)
            {
                await writer.Content.WriteAsync(new byte[100_000], Token);
            }

            await writer.CommitAsync(Token);
        });

        Assert.Equal(("DR5005", "DR5005"), (known.Code, found.Code));
        Assert.Contains("needs 5000000 bytes", known.What, StringComparison.Ordinal);
        Assert.Matches("needs more than [0-9]{7} bytes, [0-9]+ bytes are free", found.What);
        Assert.Equal(["before"], await vault.ListAsync("", Token).Select(entry => entry.Path).ToListAsync(Token));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(disk.Folder, "sets", ".staging")));
        Assert.True(await vault.TryCreateAsync("after", new byte[100_000], Token));
    }

    [Fact]
    public async Task A_disk_that_is_full_when_a_file_gets_its_name_is_full_and_not_without_links()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        // its root, the vault's folder, its marker, the staging folder, the staged file: none is left for the file's name
        await using var disk = await SmallDisk.MountAsync(folder["disk"], megabytes: 4, Token, names: 5);
        var vault = Open(Path.Combine(disk.Folder, "sets"));

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => vault.TryCreateAsync("dump", new byte[100], Token));

        Assert.Equal("DR5005", fault.Code);
        Assert.Contains("'dump' needs", fault.What, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(disk.Folder, "sets/.vault")], Directory.EnumerateFiles(Path.Combine(disk.Folder, "sets"), "*", SearchOption.AllDirectories), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_vault_whose_files_cannot_be_linked_to_their_names_is_refused_by_the_check()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        Directory.CreateDirectory(Root);
        await using var disk = await SmallDisk.MountAsync(Path.Combine(Root, ".staging"), megabytes: 4, Token);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Vault.CheckWritableAsync(Token));

        Assert.Equal("DR5026", fault.Code);
        Assert.Contains("link() gives error 18", fault.What, StringComparison.Ordinal);
        Assert.Contains("on one POSIX file system with hard links", fault.Hint, StringComparison.Ordinal);
        Assert.Empty(await PathsAsync(""));
    }

    [Fact]
    public async Task A_disk_that_turned_read_only_is_not_taken_for_another_run()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        await using var disk = await SmallDisk.MountAsync(folder["disk"], megabytes: 4, Token);
        var vault = Open(Path.Combine(disk.Folder, "sets"));
        await vault.TryReplaceAsync("state", "x"u8.ToArray(), ifVersion: null, Token);
        await disk.TurnReadOnlyAsync(Token);

        var replacing = await Assert.ThrowsAsync<PermanentFaultException>(() => vault.TryReplaceAsync("other", "x"u8.ToArray(), ifVersion: null, Token));
        var deleting = await Assert.ThrowsAsync<PermanentFaultException>(() => vault.DeleteAsync("state", Token));

        Assert.Equal(("DR5009", "DR5009"), (replacing.Code, deleting.Code));
        Assert.Contains("read-only", replacing.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_another_process_holds_is_waited_for()
    {
        var file = folder[".lock"];
        await File.WriteAllTextAsync(file, "", Token);
        using var ours = new FolderLock(file);
        // Another open file of this process stands for another process: the system tells open files apart.
        await using (var held = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.False(await ours.RunAsync(() => { }, TimeSpan.FromMilliseconds(20), Token));
        }

        Assert.True(await ours.RunAsync(() => { }, TimeSpan.FromSeconds(10), Token));
    }

    [Fact]
    public async Task A_document_that_another_process_keeps_locked_is_tried_again_later()
    {
        await Vault.TryReplaceAsync("state", "x"u8.ToArray(), ifVersion: null, Token);
        using var vault = new FolderVault(Root, createIfMissing: false, TimeProvider.System) { LockLimit = TimeSpan.FromSeconds(1) };
        await using var held = new FileStream(Path.Combine(Root, ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => vault.DeleteAsync("state", Token));

        Assert.Equal("DR5017", fault.Code);
        Assert.Contains("'state' in the vault file://", fault.What, StringComparison.Ordinal);
        Assert.Contains("for 1 s", fault.What, StringComparison.Ordinal);
        Assert.NotNull(await vault.FindAsync("state", Token));
    }

    [Fact]
    public async Task A_folder_whose_disk_is_not_mounted_is_not_made_on_the_system_disk()
    {
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Open(folder["mnt/backup"]).CheckWritableAsync(Token));

        Assert.Equal("DR5003", fault.Code);
        Assert.False(Directory.Exists(folder["mnt"]));
    }

    [Theory]
    [InlineData(true, "there is no such folder")]
    [InlineData(false, "holds neither '.vault' nor 'sites'")]
    public async Task Where_its_disk_was_not_mounted_at_the_start_a_vault_that_must_be_there_is_missed(bool isBelowTheMountPoint, string cause)
    {
        var mountPoint = folder["mnt"];
        var root = isBelowTheMountPoint ? Path.Combine(mountPoint, "vault") : mountPoint;
        Directory.CreateDirectory(mountPoint);
        await OpenAt(root, createIfMissing: true).TryCreateAsync("sites/main/sets/one", "x"u8.ToArray(), Token);
        Assert.NotNull(await OpenAt(root, createIfMissing: false).FindAsync("sites/main/sets/one", Token));
        Unmount(mountPoint);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => OpenAt(root, createIfMissing: false).CheckWritableAsync(Token));

        Assert.Equal("DR5030", fault.Code);
        Assert.Contains(cause, fault.What, StringComparison.Ordinal);
        Assert.Contains("is there a disk that is not mounted?", fault.Hint, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(mountPoint));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_vault_whose_disk_is_unmounted_under_way_is_missed_and_not_made_anew(bool isBelowTheMountPoint, bool createIfMissing)
    {
        var mountPoint = folder["mnt"];
        var root = isBelowTheMountPoint ? Path.Combine(mountPoint, "vault") : mountPoint;
        Directory.CreateDirectory(mountPoint);
        await OpenAt(root, createIfMissing: true).CheckWritableAsync(Token);
        var vault = OpenAt(root, createIfMissing);
        await vault.TryCreateAsync("sites/main/sets/one", "x"u8.ToArray(), Token);
        Unmount(mountPoint);

        Func<Task>[] all =
        [
            () => vault.CheckWritableAsync(Token),
            () => vault.FindAsync("sites/main/sets/one", Token),
            () => vault.OpenReadAsync("sites/main/sets/one", 0, Token),
            () => vault.TryCreateAsync("sites/main/sets/two", "x"u8.ToArray(), Token),
            () => vault.TryReplaceAsync("sites/main/state", "x"u8.ToArray(), ifVersion: null, Token),
            () => vault.DeleteAsync("sites/main/sets/one", Token),
            async () => await vault.ListAsync("", Token).ToListAsync(Token),
            async () => await vault.ListFoldersAsync("sites/", Token).ToListAsync(Token),
        ];
        foreach (var one in all)
        {
            Assert.Equal("DR5030", (await Assert.ThrowsAsync<PermanentFaultException>(one)).Code);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(mountPoint));
        Directory.Delete(mountPoint);
        Directory.Move(folder["disk"], mountPoint);
        Assert.Equal(["sites/main/sets/one"], await vault.ListAsync("", Token).Select(entry => entry.Path).ToListAsync(Token));
    }

    [Fact]
    public async Task What_is_unmounted_while_it_is_listed_does_not_list_as_less_than_it_holds()
    {
        await Vault.TryCreateAsync("sites/a/one", "x"u8.ToArray(), Token);
        await Vault.TryCreateAsync("sites/b/two", "x"u8.ToArray(), Token);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(async () =>
        {
            await foreach (var entry in Vault.ListAsync("", Token))
            {
                Assert.Equal("sites/a/one", entry.Path);
                Unmount(Root);
            }
        });

        Assert.Equal("DR5030", fault.Code);
    }

    [Fact]
    public async Task A_vault_is_made_only_where_that_was_asked_for_and_its_marker_is_never_seen()
    {
        Directory.CreateDirectory(Root);
        var refused = await Assert.ThrowsAsync<PermanentFaultException>(() => OpenAt(Root, createIfMissing: false).CheckWritableAsync(Token));
        Assert.Equal("DR5030", refused.Code);
        Assert.Contains("start the app once with Vault__CreateIfMissing=true", refused.Hint, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Root));

        await OpenAt(Root, createIfMissing: true).CheckWritableAsync(Token);
        await OpenAt(Root, createIfMissing: false).CheckWritableAsync(Token);

        Assert.True(File.Exists(Path.Combine(Root, ".vault")));
        Assert.Empty(await PathsAsync(""));
    }

    [Fact]
    public async Task A_vault_from_before_there_were_markers_or_copied_without_its_own_is_taken_and_marked()
    {
        await Vault.TryCreateAsync("sites/main/sets/one", "x"u8.ToArray(), Token);
        Directory.CreateDirectory(folder["copy"]);
        // As 'cp -r sets/* copy' does it.
        Directory.Move(Path.Combine(Root, "sites"), folder["copy/sites"]);

        var copy = OpenAt(folder["copy"], createIfMissing: false);
        await copy.CheckWritableAsync(Token);

        Assert.True(File.Exists(folder["copy/.vault"]));
        Assert.Equal(["sites/main/sets/one"], await copy.ListAsync("", Token).Select(entry => entry.Path).ToListAsync(Token));
    }

    [Fact]
    public async Task One_without_a_marker_that_is_mounted_read_only_is_read_until_it_is_unmounted()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        IVault vault;
        await using (var disk = await SmallDisk.MountAsync(folder["disk"], megabytes: 4, Token))
        {
            await OpenAt(disk.Folder, createIfMissing: true).TryCreateAsync("sites/main/sets/one", "x"u8.ToArray(), Token);
            File.Delete(Path.Combine(disk.Folder, ".vault"));
            await disk.TurnReadOnlyAsync(Token);
            vault = OpenAt(disk.Folder, createIfMissing: true);

            Assert.NotNull(await vault.FindAsync("sites/main/sets/one", Token));
            Assert.Equal("DR5009", (await Assert.ThrowsAsync<PermanentFaultException>(() => vault.CheckWritableAsync(Token))).Code);
        }

        Assert.Equal("DR5030", (await Assert.ThrowsAsync<PermanentFaultException>(() => vault.FindAsync("sites/main/sets/one", Token))).Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["disk"]));
    }

    [Fact]
    public async Task A_file_where_the_folder_should_be_is_a_fault()
    {
        await File.WriteAllTextAsync(folder["file"], "x", Token);

        var fault = await Assert.ThrowsAnyAsync<FaultException>(() => Open(folder["file"]).CheckWritableAsync(Token));

        Assert.StartsWith("DR50", fault.Code, StringComparison.Ordinal);
    }

    /// <summary>Leaves of a mount point what is there without its disk; this must work without root, who alone may mount.</summary>
    private void Unmount(string mountPoint)
    {
        Directory.Move(mountPoint, folder["disk"]);
        Directory.CreateDirectory(mountPoint);
    }

    private static IVault OpenAt(string root, bool createIfMissing) =>
        VaultFactory.Create(new VaultOptions { Url = new Uri(root).AbsoluteUri, CreateIfMissing = createIfMissing }, TimeProvider.System);

    private static IVault Open(string root) => VaultFactory.Create(new VaultOptions { Url = new Uri(root).AbsoluteUri }, TimeProvider.System);
}
