namespace BuilderDrFunctions.Recovery;

/// <summary>Runs numbered batches of an orchestration a few at a time. Deterministic: it awaits only what it was given.</summary>
internal static class BatchWindow
{
    /// <summary>Batches between two fresh starts of a history: at about 1.5 KB each, well below a megabyte.</summary>
    public const int PerGeneration = 200;

    /// <summary>Begins the batches from <paramref name="first"/> to <paramref name="last"/> in order, at most <paramref name="window"/> at once.</summary>
    /// <remarks>When one fails, those under way end before its failure is passed on.</remarks>
    public static async Task RunAsync<T>(int first, int last, int window, Func<int, Task<T>> begin, Action<T> done)
    {
        var next = first;
        List<Task<T>> running = [];
        Task<T>? failed = null;
        while (running.Count > 0 || (failed is null && next <= last))
        {
            while (failed is null && next <= last && running.Count < window)
            {
                running.Add(begin(next++));
            }

            var ended = await Task.WhenAny(running);
            running.Remove(ended);
            if (ended.IsCompletedSuccessfully)
            {
                done(await ended);
            }
            else
            {
                failed ??= ended;
            }
        }

        if (failed is not null)
        {
            await failed;
        }
    }
}
