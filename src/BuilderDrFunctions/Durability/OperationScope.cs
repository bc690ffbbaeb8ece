using BuilderDrFunctions.Faults;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Durability;

/// <summary>An operation seen from its orchestrator: names the phase, passes progress on as custom status, and ends early when an operator cancels.</summary>
/// <remarks>Deterministic: it awaits only what the orchestration context gave out.</remarks>
public sealed class OperationScope
{
    /// <summary>Name of the external event that asks an operation to end.</summary>
    public const string CancelEvent = "Cancel";

    /// <summary>How long activities get to end once an operator has canceled, where something must not stay down for their sake.</summary>
    internal static readonly TimeSpan EndGrace = TimeSpan.FromMinutes(1);

    private readonly TaskOrchestrationContext _context;
    private readonly List<OperationStep> _steps = [];
    private readonly Task<string> _cancel;
    private Task<StepProgress> _progress;
    private StepProgress? _latest;
    private bool _isEnding;

    /// <summary>Begins to listen.</summary>
    public OperationScope(TaskOrchestrationContext context)
    {
        _context = context;
        _cancel = context.WaitForExternalEvent<string>(CancelEvent);
        _progress = context.WaitForExternalEvent<StepProgress>(StepProgress.EventName);
    }

    /// <summary>Whether an operator asked for the end.</summary>
    public bool CancelRequested => _cancel.IsCompleted;

    /// <summary>Completes with the reason when an operator asks for the end.</summary>
    public Task<string> Canceled => _cancel;

    /// <summary>Runs one step that an operator may cancel: its activities see the request within seconds and end by themselves.</summary>
    /// <param name="phase">Its name, in an operator's words.</param>
    /// <param name="begin">Begins it.</param>
    /// <param name="counts">Once it has succeeded it counts, and a wish to cancel came too late.</param>
    /// <exception cref="PermanentFaultException">DR1020, when the operation was canceled before or during the step.</exception>
    public async Task<T> RunAsync<T>(string phase, Func<Task<T>> begin, bool counts = false)
    {
        await EndIfCanceledAsync();
        var step = BeginStep(phase, begin);
        while (!step.IsCompleted)
        {
            var cancelSeen = CancelRequested;
            Task first = cancelSeen ? await Task.WhenAny(step, _progress) : await Task.WhenAny(step, _progress, _cancel);
            if (first == _progress)
            {
                _latest = await _progress;
                _progress = _context.WaitForExternalEvent<StepProgress>(StepProgress.EventName);
            }

            if (first != step)
            {
                Publish(phase);
            }
        }

        var result = await step;
        EndStep(phase);
        if (!counts)
        {
            await EndIfCanceledAsync();
        }

        return result;
    }

    /// <summary>
    /// Runs one step while something is down that must not stay so for its sake. When an operator cancels, and an activity does not end although it was told to,
    /// because a disk or a server keeps it, it is left behind.
    /// </summary>
    public Task<T> RunQuiescedAsync<T>(string phase, Func<Task<T>> begin) => RunAsync(phase, () => UntilCanceledAsync(begin()));

    /// <summary>Runs one step of several parts beside each other. When one fails, the others' activities are told to end, and the step fails as that one did.</summary>
    public Task<TPart[]> RunTogetherAsync<TPart>(string phase, Func<IEnumerable<Task<TPart>>> begin) =>
        RunAsync(phase, async () => (await TogetherAsync(phase, [.. begin()], Task.FromResult(true))).Parts);

    /// <summary>The same with a part of another kind, which is begun last: histories have it so.</summary>
    public Task<(TPart[] Parts, TOther Other)> RunTogetherAsync<TPart, TOther>(string phase, Func<IEnumerable<Task<TPart>>> begin, Func<Task<TOther>> other) =>
        RunAsync(phase, () => TogetherAsync(phase, [.. begin()], other()));

    /// <summary>The same as <see cref="RunQuiescedAsync"/> does it.</summary>
    public Task<(TPart[] Parts, TOther Other)> RunTogetherQuiescedAsync<TPart, TOther>(string phase, Func<IEnumerable<Task<TPart>>> begin, Func<Task<TOther>> other) =>
        RunQuiescedAsync(phase, () => TogetherAsync(phase, [.. begin()], other()));

    /// <summary>Runs one step that is carried out even when the operation was canceled: what puts things back in order.</summary>
    public async Task<T> RunAlwaysAsync<T>(string phase, Func<Task<T>> begin)
    {
        var result = await BeginStep(phase, begin);
        EndStep(phase);
        return result;
    }

    private async Task<T> UntilCanceledAsync<T>(Task<T> step)
    {
        if (await Task.WhenAny(step, _cancel) == step)
        {
            return await step;
        }

        using var ended = new CancellationTokenSource();
        var isLeft = await Task.WhenAny(step, _context.CreateTimer(EndGrace, ended.Token)) != step;
#pragma warning disable VSTHRD103, MA0042 // CancelAsync goes to the thread pool, which an orchestrator must not await
        ended.Cancel();
#pragma warning restore VSTHRD103, MA0042
        return isLeft ? throw OperationFaults.Canceled(await _cancel) : await step;
    }

    private async Task<(TPart[] Parts, TOther Other)> TogetherAsync<TPart, TOther>(string phase, Task<TPart>[] parts, Task<TOther> other)
    {
        List<Task> running = [.. parts, other];
        Task? failed = null;
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running);
            running.Remove(ended);
            if (ended.Exception is not null && failed is null)
            {
                // To an activity this is a wish to cancel like any other. What fails from now on is a mere consequence.
                failed = ended;
                _isEnding = true;
                Publish(phase);
            }
        }

        _isEnding = false;
        await (failed ?? Task.CompletedTask);
        return (await Task.WhenAll(parts), await other);
    }

    private async Task EndIfCanceledAsync()
    {
        if (CancelRequested)
        {
            throw OperationFaults.Canceled(await _cancel);
        }
    }

    private DateTimeOffset Now => new(_context.CurrentUtcDateTime, TimeSpan.Zero);

    private Task<T> BeginStep<T>(string phase, Func<Task<T>> begin)
    {
        _latest = null;
        _steps.Add(new OperationStep(phase, Now, null));
        Publish(phase);
        return begin();
    }

    private void EndStep(string phase)
    {
        _steps[^1] = _steps[^1] with { EndedAt = Now };
        Publish(phase);
    }

    private void Publish(string phase) =>
        _context.SetCustomStatus(new OperationStatus(phase, [.. _steps], CancelRequested || _isEnding, _latest));
}
