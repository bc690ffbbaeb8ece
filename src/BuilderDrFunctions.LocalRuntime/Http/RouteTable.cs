using Microsoft.AspNetCore.Routing.Patterns;

namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>All routes of the host, and what can be wrong with the app's.</summary>
internal static class RouteTable
{
    private static readonly string[] Reserved = ["admin", "runtime"];

    public static void Map(WebApplication app)
    {
        app.Use(HideMethodMismatchAsync);
        var services = app.Services;
        services.GetRequiredService<HttpFunctions>().Map(app);
        services.GetRequiredService<AdminEndpoints>().Map(app);
        services.GetRequiredService<KeyEndpoints>().Map(app);
        services.GetRequiredService<DurableEndpoints>().Map(app);
    }

    /// <summary>Templates that cannot be read, constraints nobody knows, routes that collide.</summary>
    public static IEnumerable<string> Check(IServiceProvider services, IEnumerable<FunctionDescriptor> functions, HostSettings settings)
    {
        var policies = services.GetRequiredService<ParameterPolicyFactory>();
        var taken = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var function in functions.Where(function => function.Kind == FunctionKind.Http))
        {
            var route = HttpFunctions.RouteOf(function, settings);
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
}
