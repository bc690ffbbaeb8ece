using BuilderDrFunctions.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Api;

/// <summary>Answers requests: results as JSON, faults as RFC 9457 problems.</summary>
public static class ApiResponse
{
    /// <summary>Does the work of an endpoint and turns what it throws into a problem.</summary>
    public static async Task<IResult> OfAsync(HttpRequest request, ILogger logger, Func<Task<IResult>> work)
    {
        try
        {
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
    }

    /// <summary>JSON in the API's own form.</summary>
    public static IResult Json<T>(T value, int status = StatusCodes.Status200OK) => Results.Json(value, ApiJson.Options, statusCode: status);

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
        _ => "Builder DR cannot do this now",
    };
}
