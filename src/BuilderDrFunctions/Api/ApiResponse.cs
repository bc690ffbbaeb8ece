using System.Runtime.CompilerServices;
using BuilderDrFunctions.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Api;

/// <summary>Answers requests: results as JSON, faults as RFC 9457 problems.</summary>
public static class ApiResponse
{
    // Both flavours compile from these sources, and only one of them references gRPC.
    private const string StoreException = "Grpc.Core.RpcException";

    /// <summary>Does the work of an endpoint and turns what it throws into a problem, whatever that is: on Azure the host would answer 200 without a body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="logger">The endpoint's own.</param>
    /// <param name="work">What it does.</param>
    /// <param name="function">The endpoint, whose attributes say which query parameters it knows.</param>
    public static async Task<IResult> OfAsync(HttpRequest request, ILogger logger, Func<Task<IResult>> work, [CallerMemberName] string function = "")
    {
        try
        {
            ApiQuery.RequireKnown(request, function);
            return await work();
        }
        catch (RequestFaultException fault)
        {
            return Problem(request, fault, fault.Status, fault.Field);
        }
        catch (FaultException fault)
        {
            logger.RequestFailed(request.Method, request.Path, fault.Message);
            return Problem(request, fault, StatusCodes.Status503ServiceUnavailable, null);
        }
        catch (Exception exception) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            var fault = FaultOf(exception);
            logger.RequestBroke(exception, request.Method, request.Path, fault.Message);
            return Problem(request, fault, fault is TransientFaultException ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError, null);
        }
    }

    /// <summary>JSON in the API's own form.</summary>
    public static IResult Json<T>(T value, int status = StatusCodes.Status200OK) => Results.Json(value, ApiJson.Options, statusCode: status);

    private static FaultException FaultOf(Exception exception) =>
        exception is OperationCanceledException ? ApiFaults.CutShort()
        : exception.GetType().FullName == StoreException ? ApiFaults.StoreSilent(exception.Message)
        : ApiFaults.Unforeseen(exception.GetType());

    private static IResult Problem(HttpRequest request, FaultException fault, int status, string? field)
    {
        var extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["code"] = fault.Code, ["hint"] = fault.Hint };
        if (field is not null)
        {
            extensions["field"] = field;
        }

        return Results.Problem(
            detail: fault.What, instance: request.Path, statusCode: status, title: TitleOf(status), type: $"urn:builder-dr:fault:{fault.Code}", extensions: extensions);
    }

    private static string TitleOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "The request is not valid",
        StatusCodes.Status404NotFound => "There is no such thing",
        StatusCodes.Status409Conflict => "The request conflicts with what is going on",
        StatusCodes.Status413PayloadTooLarge => "The request is too large",
        StatusCodes.Status415UnsupportedMediaType => "The request is of the wrong media type",
        StatusCodes.Status500InternalServerError => "Builder DR failed",
        _ => "Builder DR cannot do this now",
    };
}
