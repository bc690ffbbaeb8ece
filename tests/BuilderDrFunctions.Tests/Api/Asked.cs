using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Xunit;

namespace BuilderDrFunctions.Tests.Api;

/// <summary>Asks an endpoint in this process.</summary>
internal static class Asked
{
    /// <summary>A request with a body of JSON.</summary>
    public static HttpRequest With(string body = "")
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        request.ContentType = "application/json";
        return request;
    }

    /// <summary>The problem that a request was refused with.</summary>
    public static (int? Status, string? Code, string Detail, string Hint) ProblemOf(IResult result)
    {
        var problem = Assert.IsType<ProblemHttpResult>(result).ProblemDetails;
        return (problem.Status, (string?)problem.Extensions["code"], problem.Detail!, (string)problem.Extensions["hint"]!);
    }
}
