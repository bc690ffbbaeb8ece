using System.Collections.Concurrent;

namespace BuilderDrFunctions.Postgres;

/// <summary>Works off a list on several connections at once; the first failure ends all.</summary>
internal static class ParallelWork
{
    /// <summary>Lets each worker take pieces until none is left.</summary>
    /// <param name="pieces">The work, in the order in which it is begun.</param>
    /// <param name="workers">What each of them works with, such as its connections.</param>
    /// <param name="work">Does one piece.</param>
    /// <param name="cancellationToken">Ends all.</param>
    public static async Task RunAsync<TPiece, TWorker>(
        IEnumerable<TPiece> pieces, IEnumerable<TWorker> workers, Func<TWorker, TPiece, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var waiting = new ConcurrentQueue<TPiece>(pieces);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = workers.Select(worker => FirstFailure.CancelOthersAsync(
            async () =>
            {
                while (waiting.TryDequeue(out var piece))
                {
                    await work(worker, piece, failed.Token);
                }
            },
            failed));
        await FirstFailure.WhenAllAsync([.. running]);
    }
}
