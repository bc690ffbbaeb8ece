using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.SecondCopy;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Verify;

/// <summary>Verifies one set: plan, every file, every artifact, the same in the second vault, verdict. What is found is the verdict, not a failure.</summary>
/// <remarks>It reads the vaults alone, so it takes no site's lock: a verification of hours does not keep the nightly backup waiting.</remarks>
public static class VerifyOrchestrator
{
    private const string CopyLeft = "the second vault was not read to its end: an operator canceled that; verify again to have it read";

    /// <summary>Runs a verification to its end.</summary>
    [Function(nameof(VerifyOrchestrator))]
    public static async Task<VerifyVerdict> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, VerifyOrder order)
    {
        var log = context.CreateReplaySafeLogger(nameof(VerifyOrchestrator));
        var scope = new OperationScope(context);
        var begunAt = new DateTimeOffset(context.CurrentUtcDateTime, TimeSpan.Zero);
        log.VerifyStarted(order.OperationId, order.Label, order.Site);

        var plan = await scope.RunAsync("inventory", () => context.CallActivityAsync<VerifyPlan>(nameof(PlanVerify), order, Retries.Transient));
        var files = await scope.RunAsync("files", async () =>
        {
            var sum = new VerifyReceipt();
            await BatchWindow.RunAsync(
                0, plan.Files.Count - 1, order.Window,
                file => context.CallActivityAsync<VerifyReceipt>(
                    nameof(VerifyFile), new VerifyFileOrder(order.OperationId, order.Site, order.Label, plan.Files[file]), Retries.Transient),
                receipt => sum = sum.Plus(receipt));
            return sum;
        });
        var artifacts = await scope.RunAsync("artifacts", () => context.RunInstanceAsync<VerifyReceipt>(
            nameof(VerifyArtifactsOrchestrator), new VerifyAllOrder(order, plan), $"{order.OperationId}:artifacts"));
        var copy = plan.ReadsCopy ? await ReadCopyAsync(context, scope, order) : null;
        var all = plan.Found.Plus(files).Plus(artifacts);
        var verdict = new VerifyVerdict(
            order.OperationId, order.Site, order.Label, begunAt, new DateTimeOffset(context.CurrentUtcDateTime, TimeSpan.Zero), all.Findings == 0,
            (int)files.Objects, files.Bytes, artifacts.Objects, artifacts.Bytes, all.Findings, all.First ?? [])
        {
            Warnings = [.. all.Warnings ?? [], .. Mended(copy), .. plan.ReadsCopy && scope.CancelRequested ? [CopyLeft] : Array.Empty<string>()],
            Copy = copy,
        };
        // Also where an operator canceled the reading of the second vault: the first one's was done.
        return await scope.RunAlwaysAsync("verdict", () => context.CallActivityAsync<VerifyVerdict>(nameof(StoreVerdict), verdict, Retries.Transient));
    }

    /// <summary>The set as the second vault has it, which is mended from the first; null where it is not there. Whatever becomes of that, the first vault's findings are told.</summary>
    private static async Task<CopyVerdict?> ReadCopyAsync(TaskOrchestrationContext context, OperationScope scope, VerifyOrder order)
    {
        try
        {
            var receipt = await scope.RunAsync("second vault", () => context.RunInstanceAsync<SecondCopyReceipt>(
                nameof(SecondCopyOrchestrator), new SecondCopyOrder(order.OperationId, order.Site, order.Label) { Rereads = true }, $"{order.OperationId}:copy"));
            return receipt.Sets == 0 && receipt.Problems is [] ? null : new CopyVerdict(receipt.Objects + receipt.Files, receipt.Problems);
        }
        catch (Exception failure) when (failure is TaskFailedException or PermanentFaultException { Code: OperationFaults.CanceledCode })
        {
            // What an operator ended says nothing against the second vault.
            return scope.CancelRequested ? null : new CopyVerdict(0, [FaultText.OneLine(FaultText.Of(failure))]);
        }
    }

    private static string[] Mended(CopyVerdict? copy) =>
        copy?.Mended > 0 ? [$"{copy.Mended} artifacts or files of the set were damaged or lost in the second vault, and were copied again"] : [];
}
