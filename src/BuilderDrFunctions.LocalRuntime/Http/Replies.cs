using System.Text.Encodings.Web;

namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>What the management routes have in common: the key, the body, the errors.</summary>
internal static class Replies
{
    private static readonly JsonSerializerOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Lets a handler run only for a key of the level; no valid key is 401, a lesser one 403.</summary>
    public static RequestDelegate Guard(this KeyRing keys, AuthorizationLevel required, ILogger log, Func<HttpContext, Task<IResult>> handler) => async context =>
    {
        context.Response.Headers.CacheControl = "no-store";
        var level = keys.LevelOf(context.Request);
        if (level < required)
        {
            context.Response.StatusCode = level == AuthorizationLevel.Anonymous ? StatusCodes.Status401Unauthorized : StatusCodes.Status403Forbidden;
            return;
        }

        var reply = await RunAsync(context, log, handler);
        await reply.ExecuteAsync(context);
    };

    /// <summary>Names as they are written here, whatever the app configured for its own answers.</summary>
    public static IResult Json(object? value, int status = StatusCodes.Status200OK) => Results.Json(value, JsonOptions, statusCode: status);

    public static IResult Status(int status, string message) => Json(new { Message = message }, status);

    public static async Task<string> ReadBodyAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        return await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
    }

    /// <summary>False when the text is not one JSON value.</summary>
    public static bool IsJson(string text) => TryParse(text, out _);

    /// <summary>Null when the text is not one JSON object.</summary>
    public static JsonObject? AsObject(string text) => TryParse(text, out var node) ? node as JsonObject : null;

    /// <summary>JSON text as JSON, other text as a string.</summary>
    public static JsonNode? Embed(string? text) => text is null ? null : TryParse(text, out var node) ? node : text;

    private static bool TryParse(string text, out JsonNode? node)
    {
        try
        {
            node = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            node = null;
            return false;
        }
    }

    private static async Task<IResult> RunAsync(HttpContext context, ILogger log, Func<HttpContext, Task<IResult>> handler)
    {
        try
        {
            return await handler(context);
        }
        catch (OrchestrationAlreadyExistsException exception)
        {
            return Status(StatusCodes.Status409Conflict, exception.Message);
        }
        catch (ArgumentException exception)
        {
            return Failure(StatusCodes.Status400BadRequest, "One or more of the arguments submitted is incorrect", exception);
        }
        catch (BadHttpRequestException exception)
        {
            return Results.StatusCode(exception.StatusCode);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return Results.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
#pragma warning disable CA1031 // the contract's answer to everything else; the details go to the log
        catch (Exception exception)
#pragma warning restore CA1031
        {
            log.ManagementFailed(exception, context.Request.Method, context.Request.Path);
            return Failure(StatusCodes.Status500InternalServerError, "Something went wrong while processing your request", exception);
        }
    }

    private static IResult Failure(int status, string message, Exception exception) => Json(
        new { Message = message, ExceptionMessage = exception.Message, ExceptionType = exception.GetType().FullName }, status);
}
