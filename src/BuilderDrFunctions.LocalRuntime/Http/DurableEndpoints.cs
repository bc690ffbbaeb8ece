namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>The management API for all instances: start, list, purge by time. One instance's routes are in <see cref="InstanceEndpoints"/>.</summary>
internal sealed class DurableEndpoints(
    FunctionCatalog catalog, InstanceEndpoints instances, KeyRing keys, TimeProvider time, ILoggerFactory loggers)
{
    // the rest comes by continuation token, so that one request cannot fill the memory
    private const int MostPerPage = 1000;

    private readonly ILogger _log = loggers.CreateLogger("Host.DurableTask");

    private DurableTaskClient Client => catalog.Services.Client();

    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(ManagementAddresses.BasePath);
        Add(group, "POST", "/orchestrators/{functionName}/{instanceId?}", StartAsync);
        Add(group, "GET", "/instances", ListAsync);
        Add(group, "DELETE", "/instances", PurgeAsync);
        instances.Map((method, route, handler) => Add(group, method, "/instances/{instanceId}" + route, handler));
    }

    /// <summary>Ids the start API takes; null when fine.</summary>
    private static string? WhyNotAnId(string id) => id switch
    {
        { Length: 0 or > 256 } => "Instance IDs must have 1 to 256 characters.",
        ['@', ..] => "Instance IDs must not start with '@'.",
        _ when id.AsSpan().IndexOfAny("/\\#?") >= 0 => "Instance IDs must not contain '/', '\\', '#', or '?' characters.",
        _ when id.Any(char.IsControl) => "Instance IDs must not contain control characters.",
        _ => null,
    };

    private void Add(IEndpointRouteBuilder routes, string method, string route, Func<HttpContext, Task<IResult>> handler) =>
        routes.MapMethods(route, [method], keys.Guard(AuthorizationLevel.System, _log, handler));

    private async Task<IResult> StartAsync(HttpContext context)
    {
        var name = Segment(context, "functionName")!;
        var id = Segment(context, "instanceId") ?? Guid.NewGuid().ToString("N");
        if (WhyNotAnId(id) is { } why)
        {
            return Replies.Status(400, why);
        }

        if (catalog.FindOrchestrator(name) is null)
        {
            var known = string.Join(", ", catalog.OrchestratorNames.Order(StringComparer.Ordinal).Select(known => $"'{known}'"));
            return Replies.Status(400, $"The function '{name}' doesn't exist, is disabled, or is not an orchestrator function. "
                + $"Additional info: {(known.Length > 0 ? $"The following are the known orchestrator functions: {known}." : "No orchestrator functions are currently registered!")}");
        }

        var body = await Replies.ReadBodyAsync(context.Request);
        if (body.Length > 0 && !Replies.IsJson(body))
        {
            return Replies.Status(400, "Invalid JSON content");
        }

        await Client.ScheduleNewOrchestrationInstanceAsync(
            name, body.Length > 0 ? new RawJson(body) : null, new StartOrchestrationOptions(id), context.RequestAborted);
        return await instances.ReplyToStartAsync(context, id);
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var top = int.TryParse(query["top"], CultureInfo.InvariantCulture, out var number) && number > 0 ? Math.Min(number, MostPerPage) : 100;
        var showInput = Flag(query, "showInput", fallback: true);
        var token = context.Request.Headers["x-ms-continuation-token"].FirstOrDefault();
        var filter = new OrchestrationQuery(
            Date(query, "createdTimeFrom"),
            Date(query, "createdTimeTo"),
            Statuses(query),
            InstanceIdPrefix: query["instanceIdPrefix"].FirstOrDefault(),
            PageSize: top,
            FetchInputsAndOutputs: true,
            ContinuationToken: string.IsNullOrEmpty(token) ? null : token);
        await using var pages = Client.GetAllInstancesAsync(filter).AsPages(filter.ContinuationToken, top).GetAsyncEnumerator(context.RequestAborted);
        if (!await pages.MoveNextAsync())
        {
            return Replies.Json(Array.Empty<object>());
        }

        if (pages.Current.ContinuationToken is { } next)
        {
            context.Response.Headers["x-ms-continuation-token"] = next;
        }

        return Replies.Json(pages.Current.Values.Select(instance => InstancePayload.Of(instance, showInput, history: null)));
    }

    private async Task<IResult> PurgeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (Date(query, "createdTimeFrom") is not { } from)
        {
            return Replies.Json("Please provide value for 'createdTimeFrom' parameter.", 400);
        }

        var filter = new PurgeInstancesFilter(from, Date(query, "createdTimeTo") ?? time.GetUtcNow(), Statuses(query));
        var result = await Client.PurgeAllInstancesAsync(filter, context.RequestAborted);
        return result.PurgedInstanceCount == 0 ? Results.NotFound() : Replies.Json(new { instancesDeleted = result.PurgedInstanceCount });
    }

    /// <summary>A route value; the server leaves an escaped slash alone, everything else is decoded.</summary>
    internal static string? Segment(HttpContext context, string name) =>
        ((string?)context.Request.RouteValues[name])?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Anything but true and false counts as absent.</summary>
    internal static bool Flag(IQueryCollection query, string name, bool fallback) => bool.TryParse(query[name], out var value) ? value : fallback;

    /// <summary>A date that cannot be read counts as absent; UTC unless it says otherwise.</summary>
    private static DateTimeOffset? Date(IQueryCollection query, string name) => DateTimeOffset.TryParse(
        query[name], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date) ? date : null;

    /// <summary>Comma-separated or repeated, exact names or numbers; unknown names are dropped.</summary>
    private static List<OrchestrationRuntimeStatus>? Statuses(IQueryCollection query)
    {
        var names = query["runtimeStatus"].SelectMany(text => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        var statuses = names.Where(name => Enum.TryParse<OrchestrationRuntimeStatus>(name, out _)).Select(Enum.Parse<OrchestrationRuntimeStatus>).ToList();
        return statuses.Count > 0 ? statuses : null;
    }
}
