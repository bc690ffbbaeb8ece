using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.SecondCopy;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Backup;

/// <summary>What follows a committed set: its second copy, and the end of old sets. Whatever becomes of them is said, and fails nothing.</summary>
/// <remarks>An operator may cancel both, which may take hours while the site is locked; the set is committed all the same.</remarks>
internal static class AfterCommit
{
    /// <summary>Does all of it, and says in the receipt what came of it.</summary>
    public static async Task<BackupReceipt> RunAsync(
        TaskOrchestrationContext context, OperationScope scope, BackupOrder order, bool copies, BackupReceipt receipt, ILogger log)
    {
        var copy = copies ? await CopyAsync(context, scope, order, log) : null;
        var expiry = order.Expires ? await ExpireAsync(context, scope, order, inCopy: false, log) : null;
        // Behind the first vault's, whose notes it follows; and only where a set came in.
        var copyExpiry = order.Expires && copy?.Sets > 0 ? await ExpireAsync(context, scope, order, inCopy: true, log) : null;
        return receipt with { Copy = copy, Expiry = expiry, CopyExpiry = copyExpiry };
    }

    /// <summary>Brings the second vault up to the first.</summary>
    public static async Task<CopyOutcome> CopyAsync(TaskOrchestrationContext context, OperationScope scope, BackupOrder order, ILogger log)
    {
        try
        {
            var receipt = await scope.RunAsync("second copy", () => context.RunInstanceAsync<SecondCopyReceipt>(
                nameof(SecondCopyOrchestrator), new SecondCopyOrder(order.OperationId, order.Site, order.Label), $"{order.OperationId}:copy"), counts: true);
            var problem = receipt.Problems is [] ? null : string.Join("; ", receipt.Problems);
            if (problem is not null)
            {
                log.SecondCopyFailed(order.Label, order.Site, problem);
            }

            return new CopyOutcome(receipt.Sets, receipt.Objects, receipt.Bytes, problem);
        }
        catch (Exception failure) when (failure is TaskFailedException or PermanentFaultException { Code: OperationFaults.CanceledCode })
        {
            var why = Why(failure);
            log.SecondCopyFailed(order.Label, order.Site, why);
            return new CopyOutcome(0, 0, 0, why);
        }
    }

    /// <summary>Lets old sets expire, in the first vault or in the second.</summary>
    public static async Task<ExpiryOutcome> ExpireAsync(TaskOrchestrationContext context, OperationScope scope, BackupOrder order, bool inCopy, ILogger log)
    {
        try
        {
            var receipt = await scope.RunAsync(inCopy ? "expire second copy" : "expire", () => context.RunInstanceAsync<ExpireReceipt>(
                nameof(ExpireOrchestrator), new ExpireOrder(order.OperationId, order.Site, Plan: false) { InCopy = inCopy },
                $"{order.OperationId}:{(inCopy ? "copy-expire" : "expire")}"), counts: true);
            return new ExpiryOutcome(receipt.Expired, receipt.Objects, receipt.FreedBytes, receipt.Problems);
        }
        catch (Exception failure) when (failure is TaskFailedException or PermanentFaultException { Code: OperationFaults.CanceledCode })
        {
            var why = Why(failure);
            log.ExpiryFailed(order.Label, order.Site, why);
            return new ExpiryOutcome(0, 0, 0, [why]);
        }
    }

    private static string Why(Exception failure)
    {
        var text = FaultText.Of(failure);
        return FaultText.CodeOf(text) is OperationFaults.CanceledCode
            ? $"{FaultText.OneLine(text)}; the set is committed all the same, and what is left of this comes behind the next backup"
            : FaultText.OneLine(text);
    }
}
