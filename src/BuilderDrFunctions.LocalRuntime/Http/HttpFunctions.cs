using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing.Patterns;

namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>Serves the app's HTTP functions; those under way when a stop is asked for get some time to end, and are cancelled then.</summary>
internal sealed class HttpFunctions(
    FunctionCatalog catalog, FunctionInvoker invoker, KeyRing keys, HostSettings settings, IHostApplicationLifetime lifetime, TimeProvider time) : IDisposable
{
    private static readonly string[] Reserved = ["admin", "runtime"];

    private readonly CancellationTokenSource _requestsMustEnd = new(Timeout.InfiniteTimeSpan, time);

    /// <summary>Below the prefix, without a leading slash.</summary>
    public static string RouteOf(FunctionDescriptor function, HostSettings settings) =>
        $"{settings.RoutePrefix}/{(((HttpTriggerAttribute)function.Trigger).Route ?? function.Name).TrimStart('/')}".TrimStart('/');

    /// <summary>Templates that cannot be read, constraints nobody knows, routes that collide.</summary>
    public static IEnumerable<string> Check(IServiceProvider services, IEnumerable<FunctionDescriptor> functions, HostSettings settings)
    {
        var policies = services.GetRequiredService<ParameterPolicyFactory>();
        var taken = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var function in functions.Where(function => function.Trigger is HttpTriggerAttribute))
        {
            var route = RouteOf(function, settings);
            if (WhyNotARoute(route, policies) is { } why)
            {
                yield return $"Function '{function.Name}': its route '{route}' cannot be used: {why}";
                continue;
            }

            if (Reserved.Contains(route.Split('/')[0], StringComparer.OrdinalIgnoreCase))
            {
                yield return $"Function '{function.Name}': its route '{route}' conflicts with the host's own routes.";
            }

            var shape = string.Join('/', RoutePatternFactory.Parse(route).PathSegments.Select(Shape));
            foreach (var method in ((HttpTriggerAttribute)function.Trigger).Methods ?? ["*"])
            {
                if (!taken.TryAdd($"{method} {shape}", function.Name))
                {
                    yield return $"Function '{function.Name}': its route '{method} {route}' is also the one of '{taken[$"{method} {shape}"]}'.";
                }
            }
        }
    }

    public void Map(WebApplication app)
    {
        lifetime.ApplicationStopping.Register(() => _requestsMustEnd.CancelAfter(settings.Engine.DrainTimeout));
        app.Use(HideMethodMismatchAsync);
        foreach (var function in catalog.All.Where(function => function.Trigger is HttpTriggerAttribute))
        {
            RequestDelegate serve = context => ServeAsync(function, context);
            var route = RouteOf(function, settings);
            _ = ((HttpTriggerAttribute)function.Trigger).Methods is { Length: > 0 } methods ? app.MapMethods(route, methods, serve) : app.Map(route, serve);
        }
    }

    public void Dispose() => _requestsMustEnd.Dispose();

    /// <summary>The host knows no 405: a route with another method is no route.</summary>
    private static async Task HideMethodMismatchAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is { } endpoint and not RouteEndpoint && endpoint.Metadata.Count == 0)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await next(context);
    }

    private async Task ServeAsync(FunctionDescriptor function, HttpContext context)
    {
        var level = keys.LevelOf(context.Request, function.Name);
        if (level < ((HttpTriggerAttribute)function.Trigger).AuthLevel)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else if (function.IsDisabled && level < AuthorizationLevel.Admin)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else
        {
            await RunAsync(function, context);
        }
    }

    private async Task RunAsync(FunctionDescriptor function, HttpContext context)
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _requestsMustEnd.Token);
        var (failure, isCutShort) = await invoker.RunAsync(function, context, result => WriteAsync(result, context), cancelled.Token);
        if (failure is not null && context.Response.HasStarted)
        {
            // half an answer must not look like a whole one
            context.Abort();
        }
        else if (failure is not null)
        {
            context.Response.Clear();
            context.Response.StatusCode = isCutShort ? StatusCodes.Status503ServiceUnavailable
                : failure is BadHttpRequestException refused ? refused.StatusCode // a body too large, cut off, not as long as it said
                : StatusCodes.Status500InternalServerError;
        }
    }

    private static Task WriteAsync(object? result, HttpContext context) => result switch
    {
        IResult value => value.ExecuteAsync(context),
        IActionResult value => value.ExecuteResultAsync(new ActionContext(context, context.GetRouteData(), new ActionDescriptor())),
        _ => Task.CompletedTask,
    };

    private static string Shape(RoutePatternPathSegment segment) => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternParameterPart parameter => $"{{{string.Join(':', parameter.ParameterPolicies.Select(policy => policy.Content))}}}",
        _ => "-",
    }));

    private static string? WhyNotARoute(string route, ParameterPolicyFactory policies)
    {
        try
        {
            foreach (var parameter in RoutePatternFactory.Parse(route).Parameters)
            {
                foreach (var policy in parameter.ParameterPolicies)
                {
                    policies.Create(parameter, policy);
                }
            }

            return null;
        }
        catch (Exception exception) when (exception is RoutePatternException or InvalidOperationException or RouteCreationException)
        {
            return exception.Message;
        }
    }
}
