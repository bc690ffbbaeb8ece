using System.Collections.Concurrent;
using System.Diagnostics;

namespace BuilderDrFunctions.Postgres;

/// <summary>Starts child processes that the kernel ends when this app is killed.</summary>
/// <remarks>
/// The parent-death signal is sent when the <em>thread</em> that forked ends: a child started from a pool thread would be killed when the pool shrinks.
/// So one thread that lives as long as the app starts them all.
/// </remarks>
internal static class ToolLauncher
{
    private static readonly string? SetPriv = new[] { "/usr/bin/setpriv", "/bin/setpriv" }.FirstOrDefault(File.Exists);

    private static readonly Lazy<BlockingCollection<Action>> Work = new(() =>
    {
        var work = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var action in work.GetConsumingEnumerable())
            {
                action();
            }
        })
        { IsBackground = true, Name = "tool launcher" }.Start();
        return work;
    });

    /// <summary>Starts a program with its three standard streams redirected. Where setpriv is missing only the broken pipe ends an orphan.</summary>
    /// <param name="command">The program's path and its arguments.</param>
    /// <param name="environment">What is set, or with null taken away, of this app's own.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static Task<Process> StartAsync(IReadOnlyList<string> command, IReadOnlyDictionary<string, string?> environment)
    {
        string[] words = SetPriv is null ? [.. command] : [SetPriv, "--pdeathsig", "KILL", "--", .. command];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var task = new Task<Process>(() => Process.Start(start)!);
        Work.Value.Add(() => task.RunSynchronously(TaskScheduler.Default));
        return task;
    }
}
