namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>The admin API's keys: list, show, make or rotate (POST), set (PUT), delete.</summary>
internal sealed class KeyEndpoints(FunctionCatalog catalog, KeyRing keys, ILoggerFactory loggers)
{
    private readonly ILogger _log = loggers.CreateLogger("Host.Keys");

    public void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/admin/host/keys", _ => KeyScope.Host);
        Map(routes, "/admin/host/functionkeys", _ => KeyScope.Host);
        Map(routes, "/admin/host/systemkeys", _ => KeyScope.System);
        Map(routes, "/admin/functions/{name}/keys", context =>
            catalog.TryFind((string)context.Request.RouteValues["name"]!, out var function) ? KeyScope.Of(function.Name) : null);
    }

    private static string Name(HttpContext context) => (string)context.Request.RouteValues["key"]!;

    private static JsonObject Show(string name, string value) => new() { ["name"] = name, ["value"] = value };

    private void Map(IEndpointRouteBuilder routes, string route, Func<HttpContext, KeyScope?> scopeOf)
    {
        void Add(string method, string path, Func<HttpContext, KeyScope, Task<IResult>> handler) =>
            routes.MapMethods(path, [method], keys.Guard(AuthorizationLevel.Admin, _log, context =>
                scopeOf(context) is { } scope ? handler(context, scope) : Task.FromResult(Results.NotFound())));

        Add("GET", route, (_, scope) => Task.FromResult(Replies.Json(new JsonObject
        {
            ["keys"] = new JsonArray([.. keys.List(scope).Select(JsonNode (key) => Show(key.Key, key.Value))]),
        })));
        Add("GET", route + "/{key}", (context, scope) => Task.FromResult(Read(scope, Name(context))));
        Add("POST", route + "/{key}", (context, scope) => Task.FromResult(Set(scope, Name(context), null)));
        Add("PUT", route + "/{key}", SetAsync);
        Add("DELETE", route + "/{key}", (context, scope) => Task.FromResult(Delete(scope, Name(context))));
    }

    private IResult Read(KeyScope scope, string name) =>
        scope.IsSystem && string.Equals(name, KeyFile.MasterName, StringComparison.OrdinalIgnoreCase) ? Replies.Json(Show(name, keys.MasterKey()))
        : keys.List(scope).TryGetValue(name, out var value) ? Replies.Json(Show(name, value))
        : Results.NotFound();

    private async Task<IResult> SetAsync(HttpContext context, KeyScope scope)
    {
        var body = await Replies.ReadBodyAsync(context.Request);
        return Replies.IsJson(body) && JsonNode.Parse(body) is JsonObject order
            && order["value"] is JsonValue given && given.TryGetValue<string>(out var value) && value.Length > 0
                ? Set(scope, Name(context), value)
                : Replies.Json("Invalid key value", 400);
    }

    private IResult Set(KeyScope scope, string name, string? value)
    {
        var (change, key) = keys.Set(scope, name, value);
        if (change is KeyChange.Refused)
        {
            return Replies.Json("Invalid key name.", 400);
        }

        _log.KeyChanged(name, scope.ToString(), change is KeyChange.Created ? "created" : "changed");
        return Replies.Json(Show(name, key), change is KeyChange.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private IResult Delete(KeyScope scope, string name)
    {
        switch (keys.Delete(scope, name))
        {
            case KeyChange.Refused:
                return Replies.Json("Cannot delete System Key.", 400);
            case KeyChange.NotFound:
                return Results.NotFound();
            default:
                _log.KeyChanged(name, scope.ToString(), "deleted");
                return Results.NoContent();
        }
    }
}
