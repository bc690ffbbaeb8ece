using BuilderDrFunctions.Postgres;
using Npgsql;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

/// <summary>Which error of several that end together is told.</summary>
public sealed class FirstFailureTests
{
    private static readonly PostgresException Cause = new("violates check constraint", "ERROR", "ERROR", PostgresErrorCodes.CheckViolation);

    [Theory]
    [InlineData(PostgresErrorCodes.InvalidParameterValue, "invalid snapshot identifier: \"00000003-1\"")]
    [InlineData(PostgresErrorCodes.UndefinedObject, "snapshot \"00000003-1\" does not exist")]
    [InlineData(PostgresErrorCodes.ObjectNotInPrerequisiteState, "could not import the requested snapshot")]
    public async Task Is_the_cause_where_another_part_noticed_first_that_the_snapshot_is_gone(string state, string message)
    {
        var consequence = Task.FromException(new PostgresException(message, "ERROR", "ERROR", state));
        Assert.Same(Cause, await Assert.ThrowsAsync<PostgresException>(() => FirstFailure.WhenAllAsync([consequence, Task.FromException(Cause)])));
    }

    [Fact]
    public async Task Is_the_gone_snapshot_where_nothing_else_went_wrong()
    {
        var gone = new PostgresException("could not import the requested snapshot", "ERROR", "ERROR", PostgresErrorCodes.ObjectNotInPrerequisiteState);
        Assert.Same(gone, await Assert.ThrowsAsync<PostgresException>(() => FirstFailure.WhenAllAsync([Task.CompletedTask, Task.FromException(gone)])));
    }

    [Fact]
    public async Task Is_the_error_that_cancelled_the_others()
    {
        using var others = new CancellationTokenSource();
        var waiting = Task.Delay(Timeout.Infinite, others.Token);
        var failing = FirstFailure.CancelOthersAsync(() => Task.FromException(Cause), others);
        Assert.Same(Cause, await Assert.ThrowsAsync<PostgresException>(() => FirstFailure.WhenAllAsync([waiting, failing])));
    }
}
