using System.Reflection;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;

namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>Reference sections 1 and 2, the types on their own.</summary>
public sealed class TypesTests
{
    [Fact]
    public void Task_names_compare_without_regard_to_case()
    {
        Assert.True(new TaskName("Dump") == new TaskName("dUMP"));
        Assert.Equal(new TaskName("Dump").GetHashCode(), new TaskName("DUMP").GetHashCode());
        Assert.True(new TaskName("Dump") != new TaskName("Restore"));
        Assert.Equal("Dump", new TaskName("Dump").ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Empty_text_becomes_the_default_task_name(string? text)
    {
        TaskName name = text!;

        Assert.Equal(default, name);
        Assert.Null((string)name);
    }

    [Theory]
    [InlineData(0, 1, 1.0, null, null)]
    [InlineData(-1, 1, 1.0, null, null)]
    [InlineData(1, 0, 1.0, null, null)]
    [InlineData(1, -1, 1.0, null, null)]
    [InlineData(1, 1, 0.9, null, null)]
    [InlineData(1, 10, 1.0, 9, null)]
    [InlineData(1, 10, 1.0, null, 9)]
    public void A_retry_policy_refuses_numbers_that_make_no_sense(int attempts, int first, double coefficient, int? longest, int? timeout) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(
            attempts, TimeSpan.FromSeconds(first), coefficient, longest is { } l ? TimeSpan.FromSeconds(l) : null, timeout is { } t ? TimeSpan.FromSeconds(t) : null));

    [Fact]
    public void A_retry_policy_has_the_documented_defaults()
    {
        var policy = new RetryPolicy(3, TimeSpan.FromSeconds(5));

        Assert.Equal(1.0, policy.BackoffCoefficient);
        Assert.Equal(TimeSpan.FromHours(1), policy.MaxRetryInterval);
        Assert.Equal(Timeout.InfiniteTimeSpan, policy.RetryTimeout);
        Assert.True(policy.Handle(new InvalidOperationException()));
    }

    [Fact]
    public void A_retry_policy_takes_infinite_intervals()
    {
        var policy = new RetryPolicy(3, TimeSpan.FromSeconds(5), 1, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        Assert.Equal(Timeout.InfiniteTimeSpan, policy.MaxRetryInterval);
    }

    [Fact]
    public void Options_keep_a_derived_instance_id()
    {
        var retry = new RetryPolicy(3, TimeSpan.FromSeconds(5));
        var sub = new TaskOptions(retry).WithInstanceId("a");

        Assert.Equal("a", new SubOrchestrationOptions((TaskOptions)sub).InstanceId);
        Assert.Equal("b", new SubOrchestrationOptions(sub, "b").InstanceId);
        Assert.Same(retry, new TaskOptions(sub).Retry!.Policy);
        Assert.Throws<ArgumentNullException>(() => new TaskOptions((TaskOptions)null!));
    }

    [Fact]
    public void Retry_options_come_from_policies()
    {
        TaskRetryOptions fromPolicy = new RetryPolicy(1, TimeSpan.FromSeconds(1));

        Assert.NotNull(fromPolicy.Policy);
        Assert.Throws<ArgumentNullException>(() => new TaskRetryOptions((RetryPolicy)null!));
    }

    [Fact]
    public void A_failure_keeps_type_message_stack_and_cause()
    {
        var details = TaskFailureDetails.FromException(Thrown());

        Assert.Equal("System.InvalidOperationException", details.ErrorType);
        Assert.Equal("outer", details.ErrorMessage);
        Assert.Contains(nameof(Thrown), details.StackTrace, StringComparison.Ordinal);
        Assert.Equal("System.IO.FileNotFoundException: inner", details.InnerFailure!.ToString());
        Assert.Null(details.InnerFailure.InnerFailure);
    }

    [Fact]
    public void A_failure_knows_what_it_is_caused_by()
    {
        var details = TaskFailureDetails.FromException(new OwnException());

        Assert.True(details.IsCausedBy<OwnException>());
        Assert.True(details.IsCausedBy<InvalidOperationException>());
        var type = typeof(Exception);
        Assert.True(details.IsCausedBy(type));
        Assert.False(details.IsCausedBy<IOException>());
        Assert.False((details with { ErrorType = "No.Such.Type" }).IsCausedBy<Exception>());
        Assert.Throws<ArgumentException>(() => details.IsCausedBy(typeof(string)));
    }

    [Fact]
    public void A_failure_type_that_is_found_twice_is_ambiguous()
    {
        var name = new AssemblyName("Twice");
        for (var copy = 0; copy < 2; copy++)
        {
            System.Reflection.Emit.AssemblyBuilder.DefineDynamicAssembly(name, System.Reflection.Emit.AssemblyBuilderAccess.Run)
                .DefineDynamicModule("m").DefineType("Twice.Failure", TypeAttributes.Public, typeof(Exception)).CreateType();
        }

        var details = new TaskFailureDetails("Twice.Failure", "", null, null, null);

        Assert.Throws<AmbiguousMatchException>(() => details.IsCausedBy<Exception>());
    }

    [Fact]
    public void A_failed_task_says_which_and_why()
    {
        var withDetails = new TaskFailedException("Dump", 3, new TaskFailureDetails("T", "disk full", null, null, null));
        var withCause = new TaskFailedException("Dump", 3, new IOException("disk full"));

        Assert.Equal("Task 'Dump' (#3) failed with an unhandled exception: disk full", withDetails.Message);
        Assert.Equal(withDetails.Message, withCause.Message);
        Assert.True(withCause.FailureDetails.IsCausedBy<IOException>());
        Assert.Equal(("Dump", 3), (withDetails.TaskName, withDetails.TaskId));
    }

    [Fact]
    public void Json_is_the_converters_text_and_null_stays_null()
    {
        var converter = JsonDataConverter.Default;

        Assert.Null(converter.Serialize(null));
        Assert.Null(converter.Deserialize<string>(null));
        Assert.Equal(0, converter.Deserialize<int>(null));
        Assert.Equal("""{"Field":1}""", converter.Serialize(new WithField { Field = 1 }));
    }

    [Fact]
    public async Task Pages_are_fetched_until_one_has_no_token()
    {
        var pageable = Pageable.Create<int>((token, size, _) => Task.FromResult(
            token is null ? new Page<int>([1, size ?? 0], "next") : new Page<int>([3])));
        var all = new List<int>();
        await foreach (var value in pageable)
        {
            all.Add(value);
        }

        Assert.Equal([1, 0, 3], all);
    }

    [Fact]
    public void The_statuses_have_the_documented_numbers() =>
        Assert.Equal(
            ["Running", "Completed", "ContinuedAsNew", "Failed", "Canceled", "Terminated", "Pending", "Suspended"],
            Enum.GetValues<OrchestrationRuntimeStatus>().Order().Select(status => status.ToString()));

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("outer", new FileNotFoundException("inner"));
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }

    private sealed class OwnException : InvalidOperationException;

    private sealed class WithField
    {
#pragma warning disable S1104, CA1051 // a field is what is tested
        public int Field;
#pragma warning restore S1104, CA1051
    }
}
