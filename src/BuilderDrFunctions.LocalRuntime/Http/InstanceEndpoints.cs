using Microsoft.AspNetCore.Http.Extensions;

namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>The management API for one instance.</summary>
internal sealed class InstanceEndpoints(FunctionCatalog catalog, DurableEngine engine, ManagementAddresses addresses, TimeProvider time)
{
    private DurableTaskClient Client => catalog.Services.Client();

    public void Map(Action<string, string, Func<HttpContext, Task<IResult>>> add)
    {
        add("GET", "", StatusAsync);
        add("DELETE", "", PurgeAsync);
        add("POST", "/terminate", context => ControlAsync(context, (id, reason) =>
            Client.TerminateInstanceAsync(id, (object?)reason, context.RequestAborted)));
        add("POST", "/suspend", context => ControlAsync(context, (id, reason) => Client.SuspendInstanceAsync(id, reason, context.RequestAborted), suspended: false));
        add("POST", "/resume", context => ControlAsync(context, (id, reason) => Client.ResumeInstanceAsync(id, reason, context.RequestAborted), suspended: true));
        add("POST", "/rewind", RewindAsync);
        add("POST", "/restart", RestartAsync);
        add("POST", "/raiseEvent/{eventName}", RaiseEventAsync);
    }

    /// <summary>202 with the instance's addresses, or, when the request says how long to wait, the outcome.</summary>
    public async Task<IResult> ReplyToStartAsync(HttpContext context, string id)
    {
        if (Seconds(context.Request.Query, "timeout") is { } timeout)
        {
            if (Seconds(context.Request.Query, "pollingInterval") > timeout)
            {
                return Replies.Status(400, "The pollingInterval must not be longer than the timeout.");
            }

            if (await WaitAsync(id, timeout, context.RequestAborted) is { } instance)
            {
                return instance.RuntimeStatus == OrchestrationRuntimeStatus.Completed
                    ? Results.Text(instance.SerializedOutput ?? "null", "application/json")
                    : Replies.Json(InstancePayload.Of(instance, showInput: true, history: null), FailureStatus(context, instance));
            }
        }

        var payload = addresses.Of(context.Request, id);
        context.Response.Headers.Location = (string?)payload["statusQueryGetUri"];
        context.Response.Headers.RetryAfter = "10";
        return Replies.Json(payload, StatusCodes.Status202Accepted);
    }

    private static string IdOf(HttpContext context) => DurableEndpoints.Segment(context, "instanceId")!;

    private static string? Reason(HttpContext context) => context.Request.Query["reason"].FirstOrDefault();

    private static TimeSpan? Seconds(IQueryCollection query, string name) =>
        double.TryParse(query[name], CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1e6 ? TimeSpan.FromSeconds(seconds) : null;

    private static int FailureStatus(HttpContext context, OrchestrationMetadata instance) =>
        instance.RuntimeStatus == OrchestrationRuntimeStatus.Failed
        && DurableEndpoints.Flag(context.Request.Query, "returnInternalServerErrorOnFailure", fallback: false)
            ? StatusCodes.Status500InternalServerError
            : StatusCodes.Status200OK;

    private async Task<OrchestrationMetadata?> WaitAsync(string id, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<IResult> StatusAsync(HttpContext context)
    {
        var (id, query) = (IdOf(context), context.Request.Query);
        if (await Client.GetInstanceAsync(id, getInputsAndOutputs: true, context.RequestAborted) is not { } instance)
        {
            return Results.NotFound();
        }

        var showInput = DurableEndpoints.Flag(query, "showInput", fallback: true);
        var history = DurableEndpoints.Flag(query, "showHistory", fallback: false) && instance.RuntimeStatus != OrchestrationRuntimeStatus.Pending
            && await engine.GetHistoryAsync(id, context.RequestAborted) is { } records
                ? HistoryPayload.Of(records, showInput, DurableEndpoints.Flag(query, "showHistoryOutput", fallback: false))
                : null;
        var status = StatusCodes.Status202Accepted;
        if (instance.IsCompleted)
        {
            status = FailureStatus(context, instance);
        }
        else
        {
            context.Response.Headers.Location = context.Request.GetEncodedUrl();
            context.Response.Headers.RetryAfter = "5";
        }

        return Replies.Json(InstancePayload.Of(instance, showInput, history), status);
    }

    private async Task<IResult> PurgeAsync(HttpContext context)
    {
        var id = IdOf(context);
        if (await Client.GetInstanceAsync(id, context.RequestAborted) is not { } instance)
        {
            return Results.NotFound();
        }

        if (!instance.IsCompleted)
        {
            return Replies.Status(412, $"Instance '{id}' has not ended; only an instance that has can be purged.");
        }

        var result = await Client.PurgeInstanceAsync(id, context.RequestAborted);
        return result.PurgedInstanceCount == 0 ? Results.NotFound() : Replies.Json(new { instancesDeleted = result.PurgedInstanceCount });
    }

    /// <summary>Terminate, suspend, resume; the state an instance must be in for it, when there is one.</summary>
    private async Task<IResult> ControlAsync(HttpContext context, Func<string, string?, Task> control, bool? suspended = null)
    {
        var id = IdOf(context);
        if (await Client.GetInstanceAsync(id, context.RequestAborted) is not { } instance)
        {
            return Results.NotFound();
        }

        if (instance.IsCompleted)
        {
            return Results.StatusCode(StatusCodes.Status410Gone);
        }

        if (suspended is { } must && must != (instance.RuntimeStatus == OrchestrationRuntimeStatus.Suspended))
        {
            throw new InvalidOperationException(
                $"Cannot {(must ? "resume" : "suspend")} the orchestration instance '{id}' because instance is in the {instance.RuntimeStatus} state.");
        }

        await control(id, Reason(context));
        return Results.Accepted();
    }

    private async Task<IResult> RewindAsync(HttpContext context) =>
        await Client.GetInstanceAsync(IdOf(context), context.RequestAborted) switch
        {
            null => Results.NotFound(),
            { RuntimeStatus: not OrchestrationRuntimeStatus.Failed } => Results.StatusCode(StatusCodes.Status412PreconditionFailed),
            _ => Replies.Status(501, "This runtime cannot rewind. HINT: restart the instance."),
        };

    private async Task<IResult> RestartAsync(HttpContext context)
    {
        var id = IdOf(context);
        if (await Client.GetInstanceAsync(id, context.RequestAborted) is not { } instance)
        {
            return Replies.Status(400, "InstanceId does not match a valid orchestration instance.");
        }

        var anew = DurableEndpoints.Flag(context.Request.Query, "restartWithNewInstanceId", fallback: true);
        return !anew && !instance.IsCompleted
            ? Replies.Status(409, "A non-terminal instance with this instance ID already exists.")
            : await ReplyToStartAsync(context, await Client.RestartAsync(id, anew, context.RequestAborted));
    }

    private async Task<IResult> RaiseEventAsync(HttpContext context)
    {
        var id = IdOf(context);
        if (!context.Request.HasJsonContentType())
        {
            return Replies.Status(400, "Only application/json request content is supported");
        }

        var body = await Replies.ReadBodyAsync(context.Request);
        if (body.Length > 0 && !Replies.IsJson(body))
        {
            return Replies.Status(400, "Invalid JSON content");
        }

        if (await Client.GetInstanceAsync(id, context.RequestAborted) is not { } instance)
        {
            return Results.NotFound();
        }

        if (instance.IsCompleted)
        {
            return Results.StatusCode(StatusCodes.Status410Gone);
        }

        var name = DurableEndpoints.Segment(context, "eventName")!;
        await Client.RaiseEventAsync(id, name, body.Length > 0 ? new RawJson(body) : null, context.RequestAborted);
        return Results.Accepted();
    }
}
