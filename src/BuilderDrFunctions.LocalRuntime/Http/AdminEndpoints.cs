namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>The host's admin API: what functions there are, how the host does, running a timer's function now.</summary>
internal sealed class AdminEndpoints(
    FunctionCatalog catalog, TimerService timers, KeyRing keys, HostSettings settings, IHostApplicationLifetime lifetime, ILoggerFactory loggers)
{
    private static readonly string InstanceId = Guid.NewGuid().ToString("N");

    private readonly ILogger _log = loggers.CreateLogger("Host.Admin");

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/admin/host/ping", ["GET", "POST"], (RequestDelegate)(_ => Task.CompletedTask));
        Add("GET", "/admin/host/status", _ => Task.FromResult(Replies.Json(Status())));
        Add("GET", "/admin/functions", context => Task.FromResult(Replies.Json(catalog.All.Select(function => Describe(function, context.Request)))));
        Add("GET", "/admin/functions/{name}", context => Task.FromResult(
            Find(context) is { } function ? Replies.Json(Describe(function, context.Request)) : Results.NotFound()));
        Add("POST", "/admin/functions/{name}", RunAsync);

        void Add(string method, string path, Func<HttpContext, Task<IResult>> handler) =>
            routes.MapMethods(path, [method], keys.Guard(AuthorizationLevel.Admin, _log, handler));
    }

    private FunctionDescriptor? Find(HttpContext context) => catalog.TryFind((string)context.Request.RouteValues["name"]!, out var function) ? function : null;

    private async Task<IResult> RunAsync(HttpContext context)
    {
        if (Find(context) is not { } function)
        {
            return Results.NotFound();
        }

        if (Replies.AsObject(await Replies.ReadBodyAsync(context.Request)) is null)
        {
            return Results.BadRequest();
        }

        if (function.Trigger is not TimerTriggerAttribute)
        {
            return Replies.Status(400, $"'{function.Name}' is not a timer's function. HINT: call it by its route, or start it through the management API.");
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }

        timers.RunNow(function.Name);
        return Results.Accepted();
    }

    private JsonObject Status() => new()
    {
        ["id"] = settings.Engine.HubName,
        ["state"] = lifetime switch
        {
            { ApplicationStopping.IsCancellationRequested: true } => "Stopping",
            { ApplicationStarted.IsCancellationRequested: true } => "Running",
            _ => "Initialized",
        },
        ["version"] = typeof(AdminEndpoints).Assembly.GetName().Version?.ToString(),
        ["versionDetails"] = typeof(AdminEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
        ["platformVersion"] = "",
        ["instanceId"] = InstanceId,
        ["computerName"] = Environment.MachineName,
        ["processUptime"] = (long)(DateTime.UtcNow - Process.GetCurrentProcess().StartTime.ToUniversalTime()).TotalMilliseconds,
        ["functionAppContentEditingState"] = "NotAllowed",
    };

    private JsonObject Describe(FunctionDescriptor function, HttpRequest request)
    {
        var origin = $"{request.Scheme}://{request.Host}";
        return new JsonObject
        {
            ["name"] = function.Name,
            ["href"] = $"{origin}/admin/functions/{function.Name}",
            ["invoke_url_template"] = function.Trigger is HttpTriggerAttribute ? $"{origin}/{HttpFunctions.RouteOf(function, settings)}" : null,
            ["language"] = "dotnet-isolated",
            ["config"] = new JsonObject
            {
                ["name"] = function.Name,
                ["language"] = "dotnet-isolated",
                ["bindings"] = new JsonArray([.. function.InputBindings.Values.Select(JsonNode (binding) => Describe(function, binding))]),
            },
            ["isDisabled"] = function.IsDisabled,
        };
    }

    private static JsonObject Describe(FunctionDescriptor function, BindingMetadata binding)
    {
        var shown = new JsonObject { ["name"] = binding.Name, ["type"] = binding.Type, ["direction"] = "In" };
        switch (function.Trigger)
        {
            case HttpTriggerAttribute http when binding.Type is "httpTrigger":
                shown["route"] = http.Route;
                shown["authLevel"] = http.AuthLevel.ToString();
                shown["methods"] = JsonSerializer.SerializeToNode(http.Methods);
                break;
            case TimerTriggerAttribute timer when binding.Type is "timerTrigger":
                shown["schedule"] = timer.Schedule;
                break;
        }

        return shown;
    }
}
