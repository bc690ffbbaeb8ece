using System.Diagnostics.CodeAnalysis;
using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ServiceControl;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BuilderDrFunctions.Tests.Backup;

/// <summary>What a backup says when a step fails that has no number of its own, or the API does not come back.</summary>
public sealed class BackupOrchestratorTests
{
    private static readonly BackupOrder Order = new("backup-20261122T020000Z-main-1a2b", "main", "20261122T020000Z-nightly-1a2b", null);

    private readonly Context context = new();

    public BackupOrchestratorTests()
    {
        context.Answers[nameof(Preflight)] = () => new PreflightReport(["builder"], StopsApi: true, null, null, CapturesConfiguration: false, []);
        context.Answers[nameof(MirrorOrchestrator)] = () => new MirrorReceipt("inventory", "", 0, new InventoryCounts(), new BatchReceipt());
        context.Answers[nameof(StopApi)] = () => new StopReceipt(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch) { MostDown = TimeSpan.FromHours(1) };
        context.Answers[nameof(StartApi)] = () => new StartReceipt(DateTimeOffset.UnixEpoch);
        context.Fail(nameof(DumpDatabase), "Object reference not set");
    }

    [Fact]
    public async Task A_step_that_fails_without_a_number_gets_one_and_the_API_is_started()
    {
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => BackupOrchestrator.RunAsync(context, Order));

        Assert.Equal(("DR2005", "a step of the backup failed: Object reference not set"), (fault.Code, fault.What));
        Assert.Contains("look at the log", fault.Hint, StringComparison.Ordinal);
        Assert.Equal(nameof(StartApi), context.Begun[^1]);
    }

    [Fact]
    public async Task An_API_that_does_not_come_back_is_told_before_what_failed_before_it()
    {
        context.Fail(nameof(StartApi), "DR6001: the host does not answer\nHINT: look at it");

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => BackupOrchestrator.RunAsync(context, Order));

        Assert.Equal("DR2004", fault.Code);
        Assert.StartsWith("the API of site 'main' is down and could not be started again (DR6001: the host does not answer", fault.What, StringComparison.Ordinal);
        Assert.EndsWith("before that, DR2005: a step of the backup failed: Object reference not set", fault.What, StringComparison.Ordinal);
        Assert.StartsWith("start it by hand", fault.Hint, StringComparison.Ordinal);
    }

    /// <summary>Does each step as a test says, at once.</summary>
    [SuppressMessage("Usage", "VSTHRD003", Justification = "no event ever comes")]
    private sealed class Context : TaskOrchestrationContext
    {
        public Dictionary<string, Func<object>> Answers { get; } = new(StringComparer.Ordinal);

        public List<string> Begun { get; } = [];

        public override TaskName Name => nameof(BackupOrchestrator);

        public override string InstanceId => Order.OperationId;

        public override ParentOrchestrationInstance? Parent => null;

        public override DateTime CurrentUtcDateTime => DateTime.UnixEpoch;

        public override bool IsReplaying => false;

        protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

        public void Fail(string step, string message) =>
            Answers[step] = () => throw new TaskFailedException(step, 1, new TaskFailureDetails("any", message, null, null, null));

        public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null) => DoAsync<TResult>(name);

        public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null) => DoAsync<TResult>(orchestratorName);

        public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default) => new TaskCompletionSource<T>().Task;

        public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
        {
            var never = new TaskCompletionSource();
            cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
            return never.Task;
        }

        public override void SetCustomStatus(object? customStatus)
        {
        }

        public override T? GetInput<T>()
            where T : default => throw new NotSupportedException();

        public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => throw new NotSupportedException();

        public override void SendEvent(string instanceId, string eventName, object payload) => throw new NotSupportedException();

        public override Guid NewGuid() => throw new NotSupportedException();

        private Task<TResult> DoAsync<TResult>(TaskName name)
        {
            Begun.Add(name.Name);
            try
            {
                return Task.FromResult((TResult)Answers[name.Name]());
            }
            catch (TaskFailedException failure)
            {
                return Task.FromException<TResult>(failure);
            }
        }
    }
}
