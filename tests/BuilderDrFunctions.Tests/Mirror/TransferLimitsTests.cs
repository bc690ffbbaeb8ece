using BuilderDrFunctions.Mirror;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BuilderDrFunctions.Tests.Mirror;

public sealed class TransferLimitsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lets_bytes_pass_at_the_rate_set()
    {
        var clock = new FakeTimeProvider();
        using var limits = new TransferLimits(new MirrorOptions { MaxBytesPerSecond = 1000 }, clock);
        Assert.True(limits.TakeAsync(100, Cancellation).AsTask().IsCompleted);
        var second = limits.TakeAsync(1000, Cancellation).AsTask();
        clock.Advance(TimeSpan.FromSeconds(0.99));
        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.02));
        await second;
    }

    [Fact]
    public void Has_no_limit_unless_set()
    {
        using var limits = new TransferLimits(new MirrorOptions(), new FakeTimeProvider());
        Assert.True(limits.TakeAsync(int.MaxValue, Cancellation).AsTask().IsCompleted);
    }
}
