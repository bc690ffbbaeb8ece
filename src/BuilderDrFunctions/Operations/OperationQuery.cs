using System.Buffers.Text;
using System.Globalization;
using System.Text;
using BuilderDrFunctions.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.Operations;

/// <summary>What <c>GET /api/operations</c> is asked for: <c>top</c>, <c>kind</c>, <c>state</c>, <c>since</c>, <c>until</c>, <c>continuation</c>.</summary>
/// <remarks>The durable store lists by id, not by age, so a client that wants the newest asks for a span of time.</remarks>
internal static class OperationQuery
{
    private const string Mark = "operations:";

    private static readonly OrchestrationRuntimeStatus[] Active =
        [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];

    /// <summary>Reads it.</summary>
    /// <exception cref="RequestFaultException">DR1004.</exception>
    public static OrchestrationQuery Read(HttpRequest request)
    {
        var kind = request.Query["kind"].ToString();
        return new OrchestrationQuery(
            CreatedFrom: Time(request, "since"), CreatedTo: Time(request, "until"), Statuses: States(request),
            InstanceIdPrefix: kind.Length > 0 ? kind + "-" : null, PageSize: ApiRequest.ReadNumber(request, "top", 100, 1, 500), FetchInputsAndOutputs: true,
            ContinuationToken: Continuation(request));
    }

    /// <summary>The store's token for its next page as the API gives it out: stores differ in what theirs look like, and this one is known again.</summary>
    public static string? Continue(string? token) => token is null ? null : Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Mark + token));

    private static string? Continuation(HttpRequest request)
    {
        var text = request.Query["continuation"].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        var token = Base64Url.IsValid(text) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)) : "";
        return token.StartsWith(Mark, StringComparison.Ordinal)
            ? token[Mark.Length..]
            : throw ApiFaults.BadValue("continuation", "is none that a page of operations gave", "pass on the 'continuation' of the page before, or leave it out for the first page");
    }

    private static OrchestrationRuntimeStatus[]? States(HttpRequest request) => request.Query["state"].ToString() switch
    {
        "" => null,
        "active" => Active,
        "ended" => [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated],
        _ => throw ApiFaults.BadValue("state", "is not a state to list by", "use active or ended"),
    };

    private static DateTimeOffset? Time(HttpRequest request, string name)
    {
        var text = request.Query[name].ToString();
        return text.Length == 0 ? null
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time
            : throw ApiFaults.BadValue(name, "is not a time", "give one in ISO 8601, such as 2026-11-22T00:00:00Z");
    }
}
