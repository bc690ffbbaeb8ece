using System.Runtime.InteropServices;

namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>The signals the sandbox sends, by their Linux numbers.</summary>
public enum UnixSignal
{
    /// <summary>None: only asks whether the process exists.</summary>
    None = 0,

    /// <summary>SIGHUP.</summary>
    Hangup = 1,

    /// <summary>SIGINT.</summary>
    Interrupt = 2,

    /// <summary>SIGQUIT.</summary>
    Quit = 3,

    /// <summary>SIGKILL.</summary>
    Kill = 9,

    /// <summary>SIGTERM.</summary>
    Terminate = 15,

    /// <summary>SIGCONT.</summary>
    Continue = 18,

    /// <summary>SIGSTOP.</summary>
    Stop = 19,
}

/// <summary>Sends signals to any process.</summary>
public static partial class NativeSignals
{
    /// <summary>True when the process exists and was (or could be) sent the signal.</summary>
    public static bool Send(int processId, UnixSignal signal) => Kill(processId, (int)signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}
