namespace BuilderDrFunctions.Durability;

/// <summary>Asks for something that may never answer.</summary>
internal static class TimeLimit
{
    /// <summary>Runs it on a thread of its own and gives up after a while: a disk that is gone keeps its caller's thread, and need not heed a token.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="ask">What is asked.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">The time was up, where <paramref name="cancellationToken"/> was not cancelled.</exception>
    public static async Task<T> RunAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        either.CancelAfter(limit);
        return await Task.Run(() => ask(either.Token), either.Token).WaitAsync(either.Token);
    }
}
