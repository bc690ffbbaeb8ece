namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>How to start a server or a tool.</summary>
/// <param name="Name">For messages, such as <c>postgres</c>.</param>
/// <param name="Program">Its path, or a name on the PATH.</param>
/// <param name="Arguments">Never a secret.</param>
public sealed record ServerCommand(string Name, string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Where it runs.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>Added to the environment; a null value removes the variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The user it runs as when this program runs as root; null: the same user.</summary>
    public string? RunAs { get; init; }

    /// <summary>Gives it a mount namespace in which each folder on the right lies over the path on the left; needs root.</summary>
    public IReadOnlyDictionary<string, string> PrivateMounts { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What it is sent when this program dies.</summary>
    public UnixSignal OnParentDeath { get; init; } = UnixSignal.Kill;

    /// <summary>How many of its last lines are kept.</summary>
    public int LogLines { get; init; } = 60;

    /// <summary>Program and arguments with the wrappers that user, mounts and parent death need.</summary>
    internal (string Program, List<string> Arguments) Wrapped()
    {
        List<string> words = [$"--pdeathsig={SignalName(OnParentDeath)}"];
        if (RunAs is not null && IsRoot)
        {
            words.AddRange([$"--reuid={RunAs}", $"--regid={RunAs}", "--init-groups"]);
        }

        words.Add("--");
        if (PrivateMounts.Count > 0)
        {
            // exec keeps the process id, so the signal on parent death reaches the server itself
            words.AddRange(["unshare", "--mount", "sh", "-c", MountScript, "sh", .. PrivateMounts.SelectMany(m => new[] { m.Value, m.Key }), "--"]);
        }

        words.Add(Program);
        words.AddRange(Arguments);
        return ("setpriv", words);
    }

    private const string MountScript = "while [ \"$1\" != -- ]; do mount --bind \"$1\" \"$2\" || exit 1; shift 2; done; shift; exec \"$@\"";

    // setpriv takes names alone
    private static string SignalName(UnixSignal signal) => signal switch
    {
        UnixSignal.Kill => "KILL",
        UnixSignal.Quit => "QUIT",
        UnixSignal.Terminate => "TERM",
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "no parent-death signal of the sandbox"),
    };

    private static bool IsRoot => System.Environment.IsPrivilegedProcess;
}
