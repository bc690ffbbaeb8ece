namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Makes a call again as its retry policy says. Runs as orchestrator code: every pause is a durable timer.</summary>
internal static class RetryLoop
{
    public static Task<T> RunAsync<T>(TaskOrchestrationContext context, RetryPolicy? policy, Func<Task<T>> call) =>
        policy is null ? call() : RetryAsync(context, policy, call);

    private static async Task<T> RetryAsync<T>(TaskOrchestrationContext context, RetryPolicy policy, Func<Task<T>> call)
    {
        var firstAttempt = context.CurrentUtcDateTime;
        for (var attempt = 0; ; attempt++)
        {
            TaskFailedException failure;
            try
            {
                return await call();
            }
            catch (TaskFailedException exception) when (!exception.NonRetriable)
            {
                failure = exception;
            }

            var isLast = attempt + 1 >= policy.MaxNumberOfAttempts;
            if (!isLast && (!policy.Handle(failure) || IsTooLate(context, policy, firstAttempt)))
            {
                throw failure;
            }

            // The cloud's runtime sets a timer after the last attempt too, due at once; histories stay alike.
            await context.CreateTimer(isLast ? TimeSpan.Zero : Pause(policy, attempt), CancellationToken.None);
            if (isLast)
            {
                throw failure;
            }
        }
    }

    private static bool IsTooLate(TaskOrchestrationContext context, RetryPolicy policy, DateTime firstAttempt) =>
        policy.RetryTimeout != Timeout.InfiniteTimeSpan && context.CurrentUtcDateTime - firstAttempt >= policy.RetryTimeout;

    private static TimeSpan Pause(RetryPolicy policy, int attempt)
    {
        var milliseconds = policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(policy.BackoffCoefficient, attempt);
        var longest = policy.MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.FromDays(3650) : policy.MaxRetryInterval;
        return milliseconds < longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : longest;
    }
}
