using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.Retention;
using BuilderDrFunctions.Tests.Api;
using BuilderDrFunctions.Tests.Mirror;
using BuilderDrFunctions.Tests.Monitoring;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Retention;

/// <summary>What an operator is answered who holds a set, and who lets it go.</summary>
public sealed class HoldTests
{
    private static readonly BackupLabel Label = new("20261121T020000Z-nightly-1a2b");
    private readonly FakeTimeProvider time = new(Watched.Start);
    private readonly MemoryVault vault = new();
    private readonly SetHolds holds;

    public HoldTests() => holds = new SetHolds(vault);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ExpiryRun Expiry => new(vault, new RetentionOptions(), time);

    private ExpireEndpoints Endpoints =>
        new(new FakeSite(), new SetCatalog(vault), holds, new OperationStarter(NullLogger<OperationStarter>.Instance), time, NullLogger<ExpireEndpoints>.Instance);

    [Fact]
    public async Task A_hold_that_comes_upon_a_removal_that_was_cut_short_is_refused_and_stands_and_is_taken_once_that_gave_way()
    {
        await CommitAsync();
        await holds.MarkAsync(ExpiryRun.Site, Label, Token);

        var refused = Asked.ProblemOf(await HoldAsync());

        Assert.Equal((409, "DR2202"), (refused.Status, refused.Code));
        Assert.Contains($"look with GET /api/backups/{Label}", refused.Hint, StringComparison.Ordinal);
        Assert.Equal("audit", (await holds.FindAsync(ExpiryRun.Site, Label, Token))?.Reason);
        Assert.False((await Expiry.RemoveAsync(Label.Value, Token)).Removed);
        Assert.IsType<JsonHttpResult<SetHold>>(await HoldAsync());
    }

    [Fact]
    public async Task A_set_that_is_not_held_has_no_hold_to_show_or_to_end()
    {
        await CommitAsync();
        AssertNotHeld(await Endpoints.GetHold(Asked.With(), Label.Value, Token));
        await HoldAsync();
        Assert.IsType<JsonHttpResult<SetHold>>(await Endpoints.GetHold(Asked.With(), Label.Value, Token));
        Assert.IsType<NoContent>(await Endpoints.EndHold(Asked.With(), Label.Value, Token));
        AssertNotHeld(await Endpoints.EndHold(Asked.With(), Label.Value, Token));
    }

    private static void AssertNotHeld(IResult result)
    {
        var refused = Asked.ProblemOf(result);
        Assert.Equal((404, "DR2203", $"POST /api/backups/{Label}/hold holds it"), (refused.Status, refused.Code, refused.Hint));
    }

    private Task<IResult> HoldAsync() => Endpoints.HoldSet(Asked.With("""{"reason":"audit"}"""), Label.Value, Token);

    private async Task CommitAsync() => await Expiry.CommitAsync(
        Label, await new MirrorRun(vault, new MemoryBucket(), new MirrorOptions()).BackupAsync(Label.Value, null, () => Task.FromResult<string?>(null), Token), Token);
}
