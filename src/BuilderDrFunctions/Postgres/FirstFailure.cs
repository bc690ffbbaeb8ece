using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Waits for parts of one piece of work that cancel each other when one fails.</summary>
internal static class FirstFailure
{
    /// <summary>One part; when it fails, the others are cancelled.</summary>
    public static async Task<T> CancelOthersAsync<T>(Func<Task<T>> part, CancellationTokenSource others)
    {
        try
        {
            return await part();
        }
        catch
        {
            await others.CancelAsync();
            throw;
        }
    }

    /// <inheritdoc cref="CancelOthersAsync{T}"/>
    public static Task CancelOthersAsync(Func<Task> part, CancellationTokenSource others) => CancelOthersAsync(
        async () =>
        {
            await part();
            return true;
        },
        others);

    /// <summary>Waits until all have ended, then throws the first error that is no mere consequence, such as a cancellation, or a snapshot whose session another part lost.</summary>
    public static async Task WhenAllAsync(IReadOnlyList<Task> parts)
    {
        var order = new List<Task>();
        var left = parts.ToList();
        while (left.Count > 0)
        {
            var ended = await Task.WhenAny(left);
            left.Remove(ended);
            order.Add(ended);
        }

        await (order.Find(IsCause) ?? order.Find(part => part.IsFaulted) ?? order.Find(part => part.IsCanceled) ?? Task.CompletedTask);
    }

    private static bool IsCause(Task part) => part.IsFaulted && !(part.Exception.InnerException is PostgresException error && ExportedSnapshot.IsGone(error));
}
