using BuilderDrFunctions.Durability;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>Finds the sets that the second vault lacks; where it is to be read again, the set in question, if it is there.</summary>
public sealed class FindUncopied(CopyingVault copying, TimeProvider time, ILogger<FindUncopied> logger)
{
    /// <summary>Gives them, oldest first.</summary>
    [Function(nameof(FindUncopied))]
    public Task<SetsToCopy> RunAsync([ActivityTrigger] SecondCopyOrder order, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        new OperationLink(client, time, logger, order.OperationId, "sets").RunAsync(token => copying.FindAsync(order, token), cancellationToken);
}
