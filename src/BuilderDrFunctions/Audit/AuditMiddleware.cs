using System.Globalization;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Sites;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Audit;

/// <summary>Puts every state-changing HTTP call into the audit trail, whichever function serves it, together with how it was answered.</summary>
/// <remarks>A call whose record cannot be written is answered all the same, and the log tells what the trail lacks: the vault's trouble must not hide what was done.</remarks>
public sealed class AuditMiddleware(AuditTrail trail, ISiteDirectory sites, IConfiguration configuration, TimeProvider time, ILogger<AuditMiddleware> logger)
    : IFunctionsWorkerMiddleware
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Whether an invocation may change something: an HTTP one; the method is looked at later.</summary>
    public static bool Concerns(FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type.Equals("httpTrigger", StringComparison.OrdinalIgnoreCase));
    }

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (context.GetHttpContext()?.Request is not { } request || HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        {
            await next(context);
            return;
        }

        var at = time.GetUtcNow();
        object? result = null;
        try
        {
            await next(context);
            result = context.GetInvocationResult().Value;
        }
        finally
        {
            await AppendAsync(EntryOf(request, at, result));
        }
    }

    private AuditEntry EntryOf(HttpRequest request, DateTimeOffset at, object? result)
    {
        var value = (result as IValueHttpResult)?.Value;
        var accepted = value as AcceptedOperation;
        var id = request.RouteValues.TryGetValue("id", out var named) ? named as string : null;
        var operation = OperationId.TryParse(accepted?.Id) ?? OperationId.TryParse(id);
        var status = (result as IStatusCodeHttpResult)?.StatusCode ?? (result is null ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK);
        return new AuditEntry(
            at, WhoOf(request), $"{request.Method} {request.Path}", operation?.Site ?? (sites.Names.Count == 1 ? sites.Names[0] : null),
            operation?.ToString(), accepted?.Subject ?? (operation is null ? id : null), status.ToString(CultureInfo.InvariantCulture),
            (value as ProblemDetails)?.Extensions.TryGetValue("code", out var code) == true ? code as string : null);
    }

    // The platform's sign-in sets the header and takes away what a caller sent; without it anyone could write any name there.
    private string WhoOf(HttpRequest request) =>
        configuration.GetValue<bool>("WEBSITE_AUTH_ENABLED") && request.Headers["x-ms-client-principal-name"].ToString() is { Length: > 0 and <= 256 } name ? name : "key";

    private async Task AppendAsync(AuditEntry entry)
    {
        // The caller may be gone: its token must not keep the record from being written.
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            await trail.AppendAsync(entry, limit.Token);
        }
        catch (Exception exception) when (exception is Faults.FaultException or OperationCanceledException)
        {
            logger.AuditNotAppended(Faults.FaultText.OneLine(exception.Message), entry.Who, entry.What, entry.OperationId, entry.Outcome);
        }
    }
}
