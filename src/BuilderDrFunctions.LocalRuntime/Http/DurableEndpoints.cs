namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>The management API for all instances: start, list, purge by time. One instance's routes are in <see cref="InstanceEndpoints"/>.</summary>
internal sealed class DurableEndpoints(
    FunctionCatalog catalog, DurableEngine engine, InstanceEndpoints instances, KeyRing keys, TimeProvider time, ILoggerFactory loggers)
{
    public const string BasePath = "/runtime/webhooks/durabletask";

    /// <summary>The rest comes by continuation token, so that one request cannot fill the memory.</summary>
    private const int MostPerPage = 1000;

    private readonly ILogger _log = loggers.CreateLogger("Host.DurableTask");

    public void Map(IEndpointRouteBuilder routes)
    {
        Add("POST", "/orchestrators/{functionName}/{instanceId?}", StartAsync);
        Add("GET", "/instances", ListAsync);
        Add("DELETE", "/instances", PurgeAsync);
        instances.Map(Add);

        void Add(string method, string route, Func<HttpContext, Task<IResult>> handler) =>
            routes.MapMethods(BasePath + route, [method], keys.Guard(AuthorizationLevel.System, _log, handler));
    }

    /// <summary>A route value; the server leaves an escaped slash alone, everything else is decoded.</summary>
    public static string? Segment(HttpContext context, string name) =>
        ((string?)context.Request.RouteValues[name])?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Anything but true and false counts as absent.</summary>
    public static bool Flag(IQueryCollection query, string name, bool fallback) => bool.TryParse(query[name], out var value) ? value : fallback;

    public static IResult Purged(PurgeResult result) =>
        result.PurgedInstanceCount == 0 ? Results.NotFound() : Replies.Json(new { instancesDeleted = result.PurgedInstanceCount });

    private async Task<IResult> StartAsync(HttpContext context)
    {
        var name = Segment(context, "functionName")!;
        var id = Segment(context, "instanceId") ?? Guid.NewGuid().ToString("N");
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

        await engine.Client.ScheduleNewOrchestrationInstanceAsync(
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
            FetchInputsAndOutputs: true);
        await using var pages = engine.Client.GetAllInstancesAsync(filter)
            .AsPages(string.IsNullOrEmpty(token) ? null : Uri.UnescapeDataString(token), top).GetAsyncEnumerator(context.RequestAborted);
        await pages.MoveNextAsync();
        if (pages.Current.ContinuationToken is { } next)
        {
            // An id, which a header cannot hold as it is when it has other letters than ASCII's.
            context.Response.Headers["x-ms-continuation-token"] = Uri.EscapeDataString(next);
        }

        return Replies.Json(pages.Current.Values.Select(instance => InstancePayload.Of(instance, showInput)));
    }

    private async Task<IResult> PurgeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        return Date(query, "createdTimeFrom") is { } from
            ? Purged(await engine.Client.PurgeAllInstancesAsync(
                new PurgeInstancesFilter(from, Date(query, "createdTimeTo") ?? time.GetUtcNow(), Statuses(query)), context.RequestAborted))
            : Replies.Json("Please provide value for 'createdTimeFrom' parameter.", 400);
    }

    /// <summary>A date that cannot be read counts as absent; UTC unless it says otherwise.</summary>
    private static DateTimeOffset? Date(IQueryCollection query, string name) => DateTimeOffset.TryParse(
        query[name], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date) ? date : null;

    /// <summary>Comma-separated or repeated, exact names or numbers; unknown names are dropped.</summary>
    private static List<OrchestrationRuntimeStatus>? Statuses(IQueryCollection query)
    {
        var names = query["runtimeStatus"].SelectMany(text => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        var statuses = names.Where(name => Enum.TryParse<OrchestrationRuntimeStatus>(name, out _)).Select(Enum.Parse<OrchestrationRuntimeStatus>).ToList();
        return statuses.Count > 0 ? statuses : null;
    }
}
