using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Tests.Durability;
using Microsoft.DurableTask;
using Xunit;

namespace BuilderDrFunctions.Tests.Faults;

public sealed class FaultTextTests
{
    [Fact]
    public void Finds_the_innermost_fault_a_host_wrapped()
    {
        var inner = new TaskFailureDetails("X", "Task 'DumpDatabase' (#5) failed with an unhandled exception: DR3004: pg_dump is older\nHINT: install it", null, null, null);
        var outer = new TaskFailureDetails("Y", "Task 'BackupOrchestrator' (#1) failed with an unhandled exception: something", null, inner, null);

        Assert.Equal("DR3004: pg_dump is older\nHINT: install it", FaultText.Of(outer));
        Assert.Equal("DR3004", FaultText.CodeOf(FaultText.Of(outer)));
    }

    [Fact]
    public void A_task_that_ended_without_details_is_told_by_its_message()
    {
        var terminated = FakeOrchestration.Termination();

        Assert.Equal(terminated.Message, FaultText.Of(terminated));
        Assert.Equal(terminated.Message, FaultText.Of((Exception)terminated));
        Assert.Null(FaultText.Unwrap(terminated));
    }

    [Fact]
    public void Finds_none_where_there_is_none()
    {
        Assert.Null(FaultText.Of(new TaskFailureDetails("X", "Object reference not set", null, null, null)));
        Assert.Null(FaultText.CodeOf(null));
        Assert.Null(FaultText.CodeOf("nothing"));
    }
}
