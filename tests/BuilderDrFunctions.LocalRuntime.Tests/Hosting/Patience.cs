namespace BuilderDrFunctions.LocalRuntime.Tests.Hosting;

/// <summary>Waits for a condition, and fails the test rather than the whole run when it never comes.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Asks again until the answer is not null.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T?>> ask, string forWhat)
        where T : class
    {
        var end = TimeProvider.System.GetTimestamp() + (long)(Limit.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (TimeProvider.System.GetTimestamp() < end)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"Waited {Limit} in vain for {forWhat}.");
    }

    /// <summary>Waits for a signal.</summary>
    public static async Task TakeAsync(this SemaphoreSlim signal) =>
        Assert.True(await signal.WaitAsync(Limit, TestContext.Current.CancellationToken), "the signal never came");
}
