using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BuilderDrFunctions.Vault;

/// <summary>What .NET does not offer: a hard link that fails if its name exists, and a durable directory entry.</summary>
internal static class PosixFile
{
    internal const int NoEntry = 2;
    internal const int Denied = 13;
    internal const int Exists = 17;
    internal const int TooBig = 27;
    internal const int NoSpace = 28;
    internal const int ReadOnly = 30;
    internal const int QuotaReached = 122;
    private const int NotPermitted = 1;
    private const int OtherDevice = 18;
    private const int TooManyLinks = 31;
    private const int NotImplemented = 38;
    private const int OpenReadOnly = 0;

    // Another number on macOS.
    private static readonly int NotSupported = OperatingSystem.IsMacOS() ? 45 : 95;

    /// <summary>Gives <paramref name="from"/> the name <paramref name="to"/> too, unless that exists; 0 or errno.</summary>
    internal static int Link(string from, string to) => NativeLink(from, to) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Whether an errno of <see cref="Link"/> says that there are no hard links here, or not from the staging folder to there.</summary>
    internal static bool CannotLink(int error) => error is NotPermitted or OtherDevice or TooManyLinks or NotImplemented || error == NotSupported;

    /// <summary>Makes creations, renames and removals within a folder survive a power cut.</summary>
    /// <remarks>A file system that cannot do so (some network mounts) is left to its own guarantees.</remarks>
    internal static void FlushDirectory(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var handle = new SafeFileHandle(NativeOpen(folder, OpenReadOnly), ownsHandle: true);
        if (!handle.IsInvalid)
        {
            RandomAccess.FlushToDisk(handle);
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeLink(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeOpen([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
