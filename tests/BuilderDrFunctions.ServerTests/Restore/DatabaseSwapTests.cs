using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Restore;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

public sealed class DatabaseSwapTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_swap_done_twice_is_done_once_and_so_is_its_undoing()
    {
        await using var names = await Names.NewAsync(servers, withLive: true);
        Assert.Equal(SwapState.Former, await names.Swap.LookAsync(names.Order, Cancellation));
        await names.Swap.DoAsync(names.Order, Cancellation);
        await names.Swap.DoAsync(names.Order, Cancellation);
        Assert.Equal(SwapState.Restored, await names.Swap.LookAsync(names.Order, Cancellation));
        Assert.Equal("restored", await names.ContentAsync(names.Live));
        Assert.Equal("former", await names.ContentAsync(names.Before));
        Assert.False(await names.ExistsAsync(names.Restoring));

        await names.Swap.UndoAsync(names.Order, Cancellation);
        await names.Swap.UndoAsync(names.Order, Cancellation);
        Assert.Equal(SwapState.Former, await names.Swap.LookAsync(names.Order, Cancellation));
        Assert.Equal("former", await names.ContentAsync(names.Live));
        Assert.Equal("restored", await names.ContentAsync(names.Restoring));
        Assert.False(await names.ExistsAsync(names.Before));
    }

    [Fact]
    public async Task Undoing_what_was_not_done_changes_nothing()
    {
        await using var names = await Names.NewAsync(servers, withLive: true);
        await names.Swap.UndoAsync(names.Order, Cancellation);
        Assert.Equal("former", await names.ContentAsync(names.Live));
        Assert.Equal("restored", await names.ContentAsync(names.Restoring));
    }

    [Fact]
    public async Task A_new_machine_has_nothing_to_put_aside()
    {
        await using var names = await Names.NewAsync(servers, withLive: false);
        await names.Swap.DoAsync(names.Order, Cancellation);
        await names.Swap.DoAsync(names.Order, Cancellation);
        Assert.Equal("restored", await names.ContentAsync(names.Live));

        await names.Swap.UndoAsync(names.Order, Cancellation);
        Assert.False(await names.ExistsAsync(names.Live));
        Assert.Equal(SwapState.Former, await names.Swap.LookAsync(names.Order, Cancellation));
    }

    [Fact]
    public async Task A_database_that_came_up_meanwhile_is_not_written_over()
    {
        await using var names = await Names.NewAsync(servers, withLive: false);
        await names.Cluster.CreateDatabaseAsync(names.Live, Cancellation);
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => names.Swap.DoAsync(names.Order, Cancellation));
        Assert.Equal("DR8050", fault.Code);
        Assert.DoesNotContain("drop", fault.Message, StringComparison.Ordinal);
        Assert.Equal("restored", await names.ContentAsync(names.Restoring));
    }

    [Fact]
    public async Task Sessions_of_others_are_named_and_ended_only_by_force()
    {
        await using var names = await Names.NewAsync(servers, withLive: true);
        await using var session = await names.Cluster.OpenAsync(names.Live, Cancellation);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => names.Swap.DoAsync(names.Order, Cancellation));
        Assert.Equal("DR8032", fault.Code);
        Assert.Contains("hab from", fault.Message, StringComparison.Ordinal);
        Assert.Equal("former", await names.ContentAsync(names.Live));

        await names.Swap.DoAsync(names.Order with { Force = true }, Cancellation);
        Assert.Equal("restored", await names.ContentAsync(names.Live));
    }

    [Fact]
    public async Task A_spare_that_was_written_to_meanwhile_is_not_replaced()
    {
        await using var names = await Names.NewAsync(servers, withLive: true);
        await names.Cluster.ExecuteAsync(names.Live, "CREATE TABLE origins AS SELECT timestamptz '2026-11-22 04:00+00' AS updated_at", Cancellation);
        var order = names.Order with { Databases = [names.Order.Databases[0] with { UnlessWrittenAfter = new(2026, 11, 22, 3, 59, 0, TimeSpan.Zero) }] };

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => names.Swap.DoAsync(order, Cancellation));
        Assert.Equal("DR8047", fault.Code);
        Assert.Equal("former", await names.ContentAsync(names.Live));

        // What was known of when the restore was checked is no reason; and once it is replaced, the question does not come up again.
        order = names.Order with { Databases = [order.Databases[0] with { UnlessWrittenAfter = new(2026, 11, 22, 4, 0, 0, TimeSpan.Zero) }] };
        await names.Swap.DoAsync(order, Cancellation);
        await names.Swap.DoAsync(order, Cancellation);
        Assert.Equal("restored", await names.ContentAsync(names.Live));
    }

    [Fact]
    public async Task A_rename_that_fails_leaves_every_name_as_it_was()
    {
        await using var names = await Names.NewAsync(servers, withLive: true);
        // May rename the live database, and then not the restored one.
        await names.Cluster.ExecuteAsync(
            "postgres", $"""CREATE ROLE "{names.Live}" LOGIN PASSWORD 'x' NOSUPERUSER CREATEDB; ALTER DATABASE "{names.Live}" OWNER TO "{names.Live}" """, Cancellation);
        var limited = new DatabaseSwap(names.AccessAs(names.Live, "x"), TimeProvider.System);

        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => limited.DoAsync(names.Order, Cancellation));
        Assert.Equal("DR8041", fault.Code);
        Assert.Contains("42501", fault.Message, StringComparison.Ordinal);

        Assert.Equal("former", await names.ContentAsync(names.Live));
        Assert.Equal("restored", await names.ContentAsync(names.Restoring));
        Assert.False(await names.ExistsAsync(names.Before));
    }

    [Fact]
    public async Task Names_that_no_step_could_have_left_are_refused()
    {
        await using var names = await Names.NewAsync(servers, withLive: true);
        await names.Cluster.DropDatabaseAsync(names.Restoring, Cancellation);
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => names.Swap.DoAsync(names.Order, Cancellation));
        Assert.Equal("DR8040", fault.Code);
        Assert.Equal("former", await names.ContentAsync(names.Live));
    }
}
