using BuilderDrFunctions.Faults;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Durability;

/// <summary>The retry policies of all orchestrators. A <see cref="PermanentFaultException"/> is never tried again.</summary>
public static class Retries
{
    /// <summary>How often a step of <see cref="Transient"/> is begun at most.</summary>
    public const int TransientAttempts = 4;

    /// <summary>For checks an operator waits for: 2 attempts, 3 s apart.</summary>
    public static TaskOptions Brief { get; } = Of(2, TimeSpan.FromSeconds(3), 1, TimeSpan.FromSeconds(3));

    /// <summary>For steps during which Builder's API is down: 3 attempts, 2 s and 6 s apart. A longer wait would be downtime.</summary>
    public static TaskOptions Quiesced { get; } = Of(3, TimeSpan.FromSeconds(2), 3, TimeSpan.FromSeconds(6));

    /// <summary>For steps whose failure may pass: 4 attempts, 5 s, 15 s and 45 s apart.</summary>
    public static TaskOptions Transient { get; } = Of(TransientAttempts, TimeSpan.FromSeconds(5), 3, TimeSpan.FromMinutes(2));

    /// <summary>For the one step that must succeed, starting the API again: 20 attempts over about 40 minutes.</summary>
    public static TaskOptions Persistent { get; } = Of(20, TimeSpan.FromSeconds(2), 2, TimeSpan.FromMinutes(3));

    private static TaskOptions Of(int attempts, TimeSpan first, double coefficient, TimeSpan longest) =>
        TaskOptions.FromRetryPolicy(new RetryPolicy(attempts, first, coefficient, longest)
        {
            // What ended without details, because it was terminated for example, may pass.
            HandleFailure = failure => ((TaskFailureDetails?)failure)?.IsCausedBy<PermanentFaultException>() is not true,
        });
}
