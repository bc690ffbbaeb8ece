using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Mirror;
using Xunit;

namespace BuilderDrFunctions.Tests.Mirror;

/// <summary>A run whose scratch somebody removed, or a disk lost, is told as that and not as a damaged set, which an operator could do nothing about.</summary>
public sealed class MirrorScratchTests
{
    private static readonly MirrorOptions Small = new() { BatchObjects = 4, Parallelism = 1 };
    private static readonly MirrorOrder Order = new(MirrorRun.Site, "op1", MirrorPass.Delta, null, "result-1", null);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("work-000001.jsonl", "gone")]
    [InlineData("work-000001.jsonl", "empty")]
    [InlineData("work-000001.jsonl", "cut")]
    [InlineData("work-000001.jsonl", "zeroed")]
    [InlineData("work-000001.jsonl", "a line short")]
    [InlineData("receipt-000001.jsonl", "gone")]
    [InlineData("receipt-000001.jsonl", "empty")]
    [InlineData("receipt-000001.jsonl", "cut")]
    [InlineData("receipt-000001.jsonl", "zeroed")]
    [InlineData("receipt-000001.jsonl", "a line short")]
    [InlineData("draft.jsonl.zst", "gone")]
    [InlineData("draft.jsonl.zst", "empty")]
    [InlineData("draft.jsonl.zst", "cut")]
    [InlineData("draft.jsonl.zst", "zeroed")]
    [InlineData("plan.json", "empty")]
    [InlineData("plan.json", "cut")]
    [InlineData("plan.json", "zeroed")]
    public async Task Is_to_be_started_again(string file, string damage)
    {
        var (vault, bucket) = (new MemoryVault(), new MemoryBucket());
        for (var number = 0; number < 10; number++)
        {
            bucket.Put($"key-{number:D2}", [(byte)number, 1, 2, 3]);
        }

        var run = new MirrorRun(vault, bucket, Small);
        var plan = await run.PlanAsync(Order, Token);
        if (file is not "work-000001.jsonl")
        {
            await run.FetchAsync(Order, plan, Token);
        }

        await DamageAsync(vault, Assert.Single(vault.Blobs.Keys, path => path.EndsWith("/" + file, StringComparison.Ordinal)), damage);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => GoOnAsync(run, plan, file));

        Assert.Equal("DR2121", fault.Code);
        Assert.Contains("/runs/op1/mirror/delta/", fault.What, StringComparison.Ordinal);
        Assert.Contains("start the backup again", fault.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("result-1", vault.Blobs.Keys, StringComparer.Ordinal);
    }

    private static async Task GoOnAsync(MirrorRun run, MirrorPlan plan, string file)
    {
        if (file is "plan.json")
        {
            await run.PlanAsync(Order, Token);
        }

        if (file is "work-000001.jsonl")
        {
            await run.FetchAsync(Order, plan, Token);
        }

        await run.SettleAsync(Order, plan, Token);
    }

    private static async Task DamageAsync(MemoryVault vault, string path, string damage)
    {
        var content = vault[path];
        if (damage is "gone")
        {
            await vault.DeleteAsync(path, Token);
            return;
        }

        vault[path] = damage switch
        {
            "empty" => [],
            "cut" => content[..(content.Length / 2)],
            "zeroed" => new byte[content.Length],
            _ => content[..(content.AsSpan(0, content.Length - 1).LastIndexOf((byte)'\n') + 1)],
        };
    }
}
