using Microsoft.AspNetCore.Http.Extensions;

namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>The management API for one instance.</summary>
internal sealed class InstanceEndpoints(DurableEngine engine, HostSettings settings, KeyRing keys, IHostApplicationLifetime lifetime, TimeProvider time)
{
    public void Map(Action<string, string, Func<HttpContext, Task<IResult>>> add)
    {
        Add("GET", "", StatusAsync);
        Add("DELETE", "", PurgeAsync);
        Add("POST", "/terminate", (context, instance) => ControlAsync(
            instance, () => engine.Client.TerminateInstanceAsync(instance.InstanceId, (object?)Reason(context), context.RequestAborted)));
        Add("POST", "/suspend", (context, instance) => ControlAsync(
            instance, () => engine.Client.SuspendInstanceAsync(instance.InstanceId, Reason(context), context.RequestAborted), mustBeSuspended: false));
        Add("POST", "/resume", (context, instance) => ControlAsync(
            instance, () => engine.Client.ResumeInstanceAsync(instance.InstanceId, Reason(context), context.RequestAborted), mustBeSuspended: true));
        Add("POST", "/rewind", (_, instance) => Task.FromResult(instance.RuntimeStatus == OrchestrationRuntimeStatus.Failed
            ? Replies.Status(501, "This runtime cannot rewind. HINT: restart the instance.")
            : Results.StatusCode(StatusCodes.Status412PreconditionFailed)));
        Add("POST", "/restart", RestartAsync, missing: Replies.Status(400, "InstanceId does not match a valid orchestration instance."));
        Add("POST", "/raiseEvent/{eventName}", RaiseEventAsync);

        void Add(string method, string route, Func<HttpContext, OrchestrationMetadata, Task<IResult>> handler, IResult? missing = null) =>
            add(method, "/instances/{instanceId}" + route, async context =>
                await engine.Client.GetInstanceAsync(DurableEndpoints.Segment(context, "instanceId")!, getInputsAndOutputs: true, context.RequestAborted) is { } instance
                    ? await handler(context, instance)
                    : missing ?? Results.NotFound());
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
                    : Replies.Json(InstancePayload.Of(instance, showInput: true), FailureStatus(context, instance));
            }
        }

        var payload = AddressesOf(context.Request, id);
        context.Response.Headers.Location = (string?)payload["statusQueryGetUri"];
        context.Response.Headers.RetryAfter = "10";
        return Replies.Json(payload, StatusCodes.Status202Accepted);
    }

    private static string? Reason(HttpContext context) => context.Request.Query["reason"].FirstOrDefault();

    private static TimeSpan? Seconds(IQueryCollection query, string name) =>
        double.TryParse(query[name], CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1e6 ? TimeSpan.FromSeconds(seconds) : null;

    private static int FailureStatus(HttpContext context, OrchestrationMetadata instance) =>
        instance.RuntimeStatus == OrchestrationRuntimeStatus.Failed
        && DurableEndpoints.Flag(context.Request.Query, "returnInternalServerErrorOnFailure", fallback: false)
            ? StatusCodes.Status500InternalServerError
            : StatusCodes.Status200OK;

    /// <summary>Where to watch and control an instance, key included, as seen by the request being served.</summary>
    private JsonObject AddressesOf(HttpRequest request, string id)
    {
        var headers = request.Headers;
        var forwarded = settings.UseForwardedHost && headers["X-Forwarded-Host"] is [{ Length: > 0 }, ..] && headers["X-Forwarded-Proto"] is [{ Length: > 0 }, ..];
        var authority = forwarded ? $"{headers["X-Forwarded-Proto"][0]}://{headers["X-Forwarded-Host"][0]}" : $"{request.Scheme}://{request.Host}";
        var instance = $"{authority}{DurableEndpoints.BasePath}/instances/{Uri.EscapeDataString(id)}";
        var query = $"taskHub={Uri.EscapeDataString(settings.Engine.HubName)}&connection=Storage&code={Uri.EscapeDataString(keys.DurableKey())}";
        return new JsonObject
        {
            ["id"] = id,
            ["statusQueryGetUri"] = $"{instance}?{query}",
            ["sendEventPostUri"] = $"{instance}/raiseEvent/{{eventName}}?{query}",
            ["terminatePostUri"] = $"{instance}/terminate?reason={{text}}&{query}",
            ["purgeHistoryDeleteUri"] = $"{instance}?{query}",
            ["restartPostUri"] = $"{instance}/restart?{query}",
            ["suspendPostUri"] = $"{instance}/suspend?reason={{text}}&{query}",
            ["resumePostUri"] = $"{instance}/resume?reason={{text}}&{query}",
        };
    }

    /// <summary>Null when the instance has not ended in time, or before the host stops: a waiting request must not use up the time that activities are given to end.</summary>
    private async Task<OrchestrationMetadata?> WaitAsync(string id, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, lifetime.ApplicationStopping, cancellationToken);
        try
        {
            return await engine.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<IResult> StatusAsync(HttpContext context, OrchestrationMetadata instance)
    {
        var query = context.Request.Query;
        var showInput = DurableEndpoints.Flag(query, "showInput", fallback: true);
        var history = DurableEndpoints.Flag(query, "showHistory", fallback: false) && instance.RuntimeStatus != OrchestrationRuntimeStatus.Pending
            && await engine.GetHistoryAsync(instance.InstanceId, context.RequestAborted) is { } records
                ? InstancePayload.HistoryOf(records, showInput, DurableEndpoints.Flag(query, "showHistoryOutput", fallback: false))
                : null;
        if (!instance.IsCompleted)
        {
            context.Response.Headers.Location = context.Request.GetEncodedUrl();
            context.Response.Headers.RetryAfter = "5";
        }

        return Replies.Json(
            InstancePayload.Of(instance, showInput, history), instance.IsCompleted ? FailureStatus(context, instance) : StatusCodes.Status202Accepted);
    }

    private async Task<IResult> PurgeAsync(HttpContext context, OrchestrationMetadata instance) => instance.IsCompleted
        ? DurableEndpoints.Purged(await engine.Client.PurgeInstanceAsync(instance.InstanceId, context.RequestAborted))
        : Replies.Status(412, $"Instance '{instance.InstanceId}' has not ended; only an instance that has can be purged.");

    /// <summary>Terminate, suspend, resume; the state an instance must be in for it, when there is one.</summary>
    private static async Task<IResult> ControlAsync(OrchestrationMetadata instance, Func<Task> control, bool? mustBeSuspended = null)
    {
        if (instance.IsCompleted)
        {
            return Results.StatusCode(StatusCodes.Status410Gone);
        }

        if (mustBeSuspended is { } must && must != (instance.RuntimeStatus == OrchestrationRuntimeStatus.Suspended))
        {
            throw new InvalidOperationException(
                $"Cannot {(must ? "resume" : "suspend")} the orchestration instance '{instance.InstanceId}' because instance is in the {instance.RuntimeStatus} state.");
        }

        await control();
        return Results.Accepted();
    }

    private async Task<IResult> RestartAsync(HttpContext context, OrchestrationMetadata instance)
    {
        var anew = DurableEndpoints.Flag(context.Request.Query, "restartWithNewInstanceId", fallback: true);
        return !anew && !instance.IsCompleted
            ? Replies.Status(409, "A non-terminal instance with this instance ID already exists.")
            : await ReplyToStartAsync(context, await engine.Client.RestartAsync(instance.InstanceId, anew, context.RequestAborted));
    }

    private async Task<IResult> RaiseEventAsync(HttpContext context, OrchestrationMetadata instance)
    {
        if (!context.Request.HasJsonContentType())
        {
            return Replies.Status(400, "Only application/json request content is supported");
        }

        var body = await Replies.ReadBodyAsync(context.Request);
        if (body.Length > 0 && !Replies.IsJson(body))
        {
            return Replies.Status(400, "Invalid JSON content");
        }

        var name = DurableEndpoints.Segment(context, "eventName")!;
        return await ControlAsync(instance, () => engine.Client.RaiseEventAsync(
            instance.InstanceId, name, body.Length > 0 ? new RawJson(body) : null, context.RequestAborted));
    }
}
