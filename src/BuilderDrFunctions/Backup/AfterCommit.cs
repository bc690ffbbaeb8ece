using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.SecondCopy;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Backup;

/// <summary>What follows a committed set: its second copy, and the end of old sets. Whatever becomes of them is said, and fails nothing.</summary>
internal static class AfterCommit
{
    /// <summary>Brings the second vault up to the first.</summary>
    public static async Task<CopyOutcome> CopyAsync(TaskOrchestrationContext context, BackupOrder order, ILogger log)
    {
        try
        {
            var receipt = await context.CallSubOrchestratorAsync<SecondCopyReceipt>(
                nameof(SecondCopyOrchestrator), new SecondCopyOrder(order.OperationId, order.Site, order.Label),
                new SubOrchestrationOptions { InstanceId = $"{order.OperationId}:copy" });
            return new CopyOutcome(receipt.Sets, receipt.Objects, receipt.Bytes, Problem: null);
        }
        catch (TaskFailedException failure)
        {
            var why = FaultText.OneLine(FaultText.Of(failure));
            log.SecondCopyFailed(order.Label, order.Site, why);
            return new CopyOutcome(0, 0, 0, why);
        }
    }

    /// <summary>Lets old sets expire.</summary>
    public static async Task<ExpiryOutcome> ExpireAsync(TaskOrchestrationContext context, BackupOrder order, ILogger log)
    {
        try
        {
            var receipt = await context.CallSubOrchestratorAsync<ExpireReceipt>(
                nameof(ExpireOrchestrator), new ExpireOrder(order.OperationId, order.Site, Plan: false),
                new SubOrchestrationOptions { InstanceId = $"{order.OperationId}:expire" });
            return new ExpiryOutcome(receipt.Expired, receipt.Objects, receipt.FreedBytes, receipt.Problems);
        }
        catch (TaskFailedException failure)
        {
            var why = FaultText.OneLine(FaultText.Of(failure));
            log.ExpiryFailed(order.Label, order.Site, why);
            return new ExpiryOutcome(0, 0, 0, [why]);
        }
    }
}
