namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>The admin API's keys: list, show, make or rotate (POST), set (PUT), delete.</summary>
internal sealed class KeyEndpoints(FunctionCatalog catalog, KeyRing keys, ILoggerFactory loggers)
{
    private readonly ILogger _log = loggers.CreateLogger("Host.Keys");

    public void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/admin/host/keys", _ => new KeyScope());
        Map(routes, "/admin/host/functionkeys", _ => new KeyScope());
        Map(routes, "/admin/host/systemkeys", _ => new KeyScope(IsSystem: true));
        Map(routes, "/admin/functions/{name}/keys", context =>
            catalog.TryFind((string)context.Request.RouteValues["name"]!, out var function) ? new KeyScope(function.Name) : null);
    }

    private static JsonObject Show(string name, string value) => new() { ["name"] = name, ["value"] = value };

    private void Map(IEndpointRouteBuilder routes, string route, Func<HttpContext, KeyScope?> scopeOf)
    {
        Add("GET", route, (_, scope, _) => Replies.Json(new JsonObject
        {
            ["keys"] = new JsonArray([.. keys.List(scope).Select(JsonNode (key) => Show(key.Key, key.Value))]),
        }));
        Add("GET", route + "/{key}", (_, scope, name) => keys.Find(scope, name) is { } value ? Replies.Json(Show(name, value)) : Results.NotFound());
        Add("POST", route + "/{key}", (_, scope, name) => Set(scope, name, KeyRing.NewKey()));
        Add("PUT", route + "/{key}", (body, scope, name) => body?["value"] is JsonValue given && given.TryGetValue<string>(out var value) && value.Length > 0
            ? Set(scope, name, value)
            : Replies.Json("Invalid key value", 400));
        Add("DELETE", route + "/{key}", (_, scope, name) => Delete(scope, name));

        void Add(string method, string path, Func<JsonObject?, KeyScope, string, IResult> handler) =>
            routes.MapMethods(path, [method], keys.Guard(AuthorizationLevel.Admin, _log, async context => scopeOf(context) is { } scope
                ? handler(Replies.AsObject(await Replies.ReadBodyAsync(context.Request)), scope, context.Request.RouteValues["key"] as string ?? "")
                : Results.NotFound()));
    }

    private IResult Set(KeyScope scope, string name, string value)
    {
        var change = keys.Set(scope, name, value);
        if (change is KeyChange.Refused)
        {
            return Replies.Json("Invalid key name.", 400);
        }

        _log.KeyChanged(name, scope.ToString(), change is KeyChange.Created ? "created" : "changed");
        return Replies.Json(Show(name, value), change is KeyChange.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
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
