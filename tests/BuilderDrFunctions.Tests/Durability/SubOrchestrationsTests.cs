using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Faults;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BuilderDrFunctions.Tests.Durability;

public sealed class SubOrchestrationsTests
{
    private const string Id = "backup-20261122T020000Z-main-1a2b:Delta";

    [Fact]
    public async Task Runs_under_its_own_id_and_gives_what_came_of_it()
    {
        var context = new Context(() => "done");
        Assert.Equal("done", await context.RunInstanceAsync<string>("Mirror", "order", Id));
        Assert.Equal(("Mirror", "order", Id), context.Called);
    }

    [Fact]
    public async Task A_terminated_one_fails_as_a_step_does_although_the_worker_on_Azure_trips_over_it()
    {
        var failure = await Assert.ThrowsAsync<TaskFailedException>(
            () => new Context(() => default(string)!.Length).RunInstanceAsync<string>("Mirror", "order", Id));
        Assert.Equal(OperationFaults.Terminated(Id).Message, FaultText.Of(failure));
        Assert.True(failure.FailureDetails.IsCausedBy<PermanentFaultException>());
    }

    [Fact]
    public async Task A_failure_passes_as_it_is()
    {
        var failed = new TaskFailedException("Mirror", 3, new InvalidOperationException("no bucket"));
        Assert.Same(failed, await Assert.ThrowsAsync<TaskFailedException>(() => new Context(() => throw failed).RunInstanceAsync<string>("Mirror", "order", Id)));
    }

    /// <summary>Answers one sub-orchestration.</summary>
    private sealed class Context(Func<object> answer) : TaskOrchestrationContext
    {
        public (string Name, object? Input, string? Id) Called { get; private set; }

        public override TaskName Name => "Parent";

        public override string InstanceId => "parent";

        public override ParentOrchestrationInstance? Parent => null;

        public override DateTime CurrentUtcDateTime => DateTime.UnixEpoch;

        public override bool IsReplaying => false;

        protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

        public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
        {
            Called = (orchestratorName.Name, input, (options as SubOrchestrationOptions)?.InstanceId);
            return Task.FromResult((TResult)answer());
        }

        public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null) => throw new NotSupportedException();

        public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => throw new NotSupportedException();

        public override void SendEvent(string instanceId, string eventName, object payload) => throw new NotSupportedException();

        public override void SetCustomStatus(object? customStatus) => throw new NotSupportedException();

        public override T? GetInput<T>()
            where T : default => throw new NotSupportedException();

        public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override Guid NewGuid() => throw new NotSupportedException();
    }
}
