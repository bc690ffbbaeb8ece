using System.Collections.Concurrent;

namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>The one thread from which every server is started.</summary>
/// <remarks>
/// The kernel sends a child its parent-death signal when the <em>thread</em> that forked it ends, not the program:
/// a server started from a pool thread would die when the pool shrinks.
/// </remarks>
internal static class LauncherThread
{
    private static readonly BlockingCollection<Action> Work = [];

    static LauncherThread()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "sandbox launcher" };
        thread.Start();
    }

    /// <summary>Runs <paramref name="start"/> there and gives its result or its exception.</summary>
    public static Task<T> RunAsync<T>(Func<T> start)
    {
        var task = new Task<T>(start);
        Work.Add(() => task.RunSynchronously());
        return task;
    }

    private static void Run()
    {
        foreach (var action in Work.GetConsumingEnumerable())
        {
            action();
        }
    }
}
