using System.Diagnostics.CodeAnalysis;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using Microsoft.DurableTask;
using Xunit;

namespace BuilderDrFunctions.Tests.Durability;

[SuppressMessage("Usage", "VSTHRD003", Justification = "the test itself ends both parts, on its own thread")]
public sealed class OperationScopeTests
{
    private readonly FakeOrchestration _orchestration = new();
    private readonly TaskCompletionSource<int> _first = new();
    private readonly TaskCompletionSource<string> _second = new();

    [Fact]
    public async Task One_of_several_parts_that_fails_tells_all_others_to_end()
    {
        TaskCompletionSource<int>[] parts = [new(), new(), new()];
        var step = new OperationScope(_orchestration).RunTogetherAsync("dump", () => parts.Select(part => part.Task));
        parts[0].SetResult(1);
        Assert.False(_orchestration.Status!.CancelRequested);
        parts[2].SetException(new TaskFailedException("cause", 1, new PermanentFaultException("DR8004", "cause", "nothing")));
        Assert.True(_orchestration.Status.CancelRequested, "the second part's activity would go on");
        Assert.False(step.IsCompleted);
        parts[1].SetResult(1);

        Assert.Equal("cause", (await Assert.ThrowsAsync<TaskFailedException>(() => step)).TaskName);
    }

    [Fact]
    public async Task Two_parts_beside_each_other_are_one_step_with_both_results()
    {
        var step = Begin();
        _second.SetResult("two");
        Assert.False(step.IsCompleted);
        _first.SetResult(1);

        var (parts, other) = await step;
        Assert.Equal(1, Assert.Single(parts));
        Assert.Equal("two", other);
        var only = Assert.Single(_orchestration.Status!.Steps);
        Assert.NotNull(only.EndedAt);
        Assert.False(_orchestration.Status.CancelRequested);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_part_that_fails_first_tells_the_other_to_end_and_is_why_the_step_failed(bool firstFails)
    {
        var step = Begin();
        Fail(firstFails, "cause");
        Assert.True(_orchestration.Status!.CancelRequested, "the other part's activities would go on");
        Assert.False(step.IsCompleted);
        Fail(!firstFails, "consequence");

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => step);
        Assert.Equal("cause", failure.TaskName);
    }

    [Fact]
    public async Task A_step_that_failed_leaves_no_wish_to_cancel_behind()
    {
        var scope = new OperationScope(_orchestration);
        var step = scope.RunTogetherAsync<int, string>("both", () => [_first.Task], () => _second.Task);
        Fail(first: true, "cause");
        _second.SetResult("two");
        await Assert.ThrowsAsync<TaskFailedException>(() => step);

        await scope.RunAlwaysAsync("clean up", () => Task.FromResult(true));

        Assert.False(_orchestration.Status!.CancelRequested);
    }

    [Fact]
    public async Task A_canceled_step_that_does_not_end_is_left_behind_where_something_is_down_for_its_sake()
    {
        var step = new OperationScope(_orchestration).RunQuiescedAsync("dump", () => _first.Task);
        _orchestration.Cancel.SetResult("the vault hangs");
        Assert.False(step.IsCompleted);
        Assert.True(_orchestration.Status!.CancelRequested);
        _orchestration.Timer.SetResult();

        Assert.Equal("DR1020", (await Assert.ThrowsAsync<PermanentFaultException>(() => step)).Code);
    }

    [Fact]
    public async Task A_canceled_step_that_ends_in_time_leaves_no_timer_behind()
    {
        var step = new OperationScope(_orchestration).RunQuiescedAsync("dump", () => _first.Task);
        _orchestration.Cancel.SetResult("");
        Fail(first: true, "canceled");

        await Assert.ThrowsAsync<TaskFailedException>(() => step);
        Assert.True(_orchestration.Timer.Task.IsCanceled);
    }

    private Task<(int[] Parts, string Other)> Begin() => new OperationScope(_orchestration).RunTogetherAsync<int, string>("both", () => [_first.Task], () => _second.Task);

    private void Fail(bool first, string name)
    {
        var failure = new TaskFailedException(name, 1, new PermanentFaultException("DR8004", name, "nothing"));
        if (first)
        {
            _first.SetException(failure);
        }
        else
        {
            _second.SetException(failure);
        }
    }
}
