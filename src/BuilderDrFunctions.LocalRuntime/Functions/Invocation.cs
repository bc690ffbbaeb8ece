namespace BuilderDrFunctions.LocalRuntime.Functions;

/// <summary>One run of a function. Its scope is made when first asked for, and ends with the invocation.</summary>
internal sealed class Invocation(FunctionDescriptor function, InvocationServices services, object trigger, CancellationToken cancellationToken)
    : FunctionContext, IAsyncDisposable
{
    private AsyncServiceScope? _scope;
    private IServiceProvider? _instanceServices = (trigger as HttpContext)?.RequestServices;

    /// <summary>What started it: an HttpContext, a TimerInfo, a TaskOrchestrationContext or an ActivityCall.</summary>
    public object Trigger => trigger;

    public FunctionDescriptor Function => function;

    /// <summary>JSON; orchestrations and activities only.</summary>
    public string? Input { get; init; }

    public DataConverter Converter => services.Converter;

    public DurableTaskClient Client => services.Client();

    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    public override IServiceProvider InstanceServices
    {
        get => _instanceServices ??= (_scope = services.Provider.CreateAsyncScope()).Value.ServiceProvider;
        set => _instanceServices = value;
    }

    public override FunctionDefinition FunctionDefinition => function;

    public override CancellationToken CancellationToken => cancellationToken;

    internal override HttpContext? HttpContext => trigger as HttpContext;

    /// <summary>Runs the app's middleware and, inside it, the function.</summary>
    public async Task<object?> RunAsync()
    {
        await services.Pipeline(this);
        return Result.Value;
    }

    public ValueTask DisposeAsync() => _scope?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Runs the functions that no orchestration calls, each with its time limit, its span and its lines in the log.</summary>
internal sealed class FunctionInvoker(InvocationServices services, HostSettings settings, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Runs a function and hands its result on.</summary>
    /// <returns>What went wrong, if anything, and whether that is because the time was up or the run was cancelled.</returns>
    public async Task<(Exception? Failure, bool IsCutShort)> RunAsync(
        FunctionDescriptor function, object trigger, Func<object?, Task> answer, CancellationToken cancelled)
    {
        using var limit = new CancellationTokenSource(settings.Engine.ActivityTimeout, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancelled);
        var invocation = new Invocation(function, services, trigger, any.Token);
        using var span = Telemetry.StartInvocation(invocation);
        var log = loggers.CreateLogger($"Function.{function.Name}");
        var clock = Stopwatch.StartNew();
        log.FunctionStarting(function.Name, invocation.InvocationId);
        try
        {
            await using (invocation)
            {
                await answer(await invocation.RunAsync());
            }

            log.FunctionSucceeded(function.Name, invocation.InvocationId, clock.ElapsedMilliseconds);
            return (null, false);
        }
        catch (OperationCanceledException exception) when (cancelled.IsCancellationRequested)
        {
            log.FunctionCancelled(function.Name, invocation.InvocationId, clock.ElapsedMilliseconds);
            return (exception, true);
        }
#pragma warning disable CA1031 // whatever a run throws is told to the log, and to nobody else
        catch (Exception exception)
#pragma warning restore CA1031
        {
            span?.SetStatus(ActivityStatusCode.Error);
            log.FunctionFailed(exception, function.Name, invocation.InvocationId, clock.ElapsedMilliseconds);
            return (exception, exception is OperationCanceledException && limit.IsCancellationRequested);
        }
    }
}

/// <summary>What all invocations share.</summary>
/// <param name="Provider">The app's services.</param>
/// <param name="Converter">Inputs and outputs of orchestrations and activities.</param>
/// <param name="Client">For <c>[DurableClient]</c>; a function, because the engine itself needs the functions first.</param>
/// <param name="Pipeline">The app's middleware, ending in the function.</param>
internal sealed record InvocationServices(IServiceProvider Provider, DataConverter Converter, Func<DurableTaskClient> Client, FunctionExecutionDelegate Pipeline)
{
    /// <summary>The first middleware added is the outermost.</summary>
    public static FunctionExecutionDelegate PipelineOf(IEnumerable<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware)
    {
        FunctionExecutionDelegate pipeline = Call;
        foreach (var wrap in middleware.Reverse())
        {
            pipeline = wrap(pipeline);
        }

        return pipeline;
    }

    private static async Task Call(FunctionContext context)
    {
        var invocation = (Invocation)context;
        invocation.Result.Value = await invocation.Function.CallAsync(invocation);
    }
}
