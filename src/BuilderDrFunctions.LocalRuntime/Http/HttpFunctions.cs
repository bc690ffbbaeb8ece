using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;

namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>Serves the app's HTTP functions.</summary>
internal sealed class HttpFunctions(FunctionCatalog catalog, KeyRing keys, HostSettings settings, DrainSignal drain, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Below the prefix, without a leading slash.</summary>
    public static string RouteOf(FunctionDescriptor function, HostSettings settings) =>
        $"{settings.RoutePrefix}/{(((HttpTriggerAttribute)function.Trigger).Route ?? function.Name).TrimStart('/')}".TrimStart('/');

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var function in catalog.All.Where(function => function.Kind == FunctionKind.Http))
        {
            RequestDelegate serve = context => ServeAsync(function, context);
            var route = RouteOf(function, settings);
            _ = ((HttpTriggerAttribute)function.Trigger).Methods is { Length: > 0 } methods
                ? routes.MapMethods(route, methods, serve)
                : routes.Map(route, serve);
        }
    }

    /// <summary>Runs the function for the request; the caller has been let in.</summary>
    private async Task RunAsync(FunctionDescriptor function, HttpContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.RequestsMustEnd);
        await using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, settings.FunctionTimeout, Timeout.InfiniteTimeSpan);
        await using var invocation = new Invocation(function, catalog.Services, context, limit.Token) { InstanceServices = context.RequestServices };
        using var activity = RuntimeTelemetry.StartInvocation(invocation, "http");
        var log = loggers.CreateLogger($"Function.{function.Name}");
        var clock = Stopwatch.StartNew();
        log.FunctionStarting(function.Name, invocation.InvocationId);
        try
        {
            await WriteAsync(await invocation.RunAsync(), context);
            log.FunctionSucceeded(function.Name, invocation.InvocationId, clock.ElapsedMilliseconds);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            log.FunctionCancelled(function.Name, invocation.InvocationId, clock.ElapsedMilliseconds);
            Fail(context, StatusCodes.Status503ServiceUnavailable);
        }
        catch (BadHttpRequestException exception)
        {
            // the server refused the body: too large, cut off, not as long as it said
            log.FunctionFailed(exception, function.Name, invocation.InvocationId, clock.ElapsedMilliseconds);
            Fail(context, exception.StatusCode);
        }
#pragma warning disable CA1031 // what the function did not catch is told to the log and not to the caller
        catch (Exception exception)
#pragma warning restore CA1031
        {
            activity?.SetStatus(ActivityStatusCode.Error);
            log.FunctionFailed(exception, function.Name, invocation.InvocationId, clock.ElapsedMilliseconds);
            Fail(context, StatusCodes.Status500InternalServerError);
        }
    }

    private Task ServeAsync(FunctionDescriptor function, HttpContext context)
    {
        var level = keys.LevelOf(context.Request, function.Name);
        if (level < ((HttpTriggerAttribute)function.Trigger).AuthLevel)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }

        if (function.IsDisabled && level < AuthorizationLevel.Admin)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return RunAsync(function, context);
    }

    private static Task WriteAsync(object? result, HttpContext context) => result switch
    {
        IResult value => value.ExecuteAsync(context),
        IActionResult value => value.ExecuteResultAsync(new ActionContext(context, context.GetRouteData(), new ActionDescriptor())),
        _ => Task.CompletedTask,
    };

    private static void Fail(HttpContext context, int status)
    {
        if (context.Response.HasStarted)
        {
            // half an answer must not look like a whole one
            context.Abort();
        }
        else
        {
            context.Response.Clear();
            context.Response.StatusCode = status;
        }
    }
}
