using System.Globalization;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Sites;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Audit;

/// <summary>Shows and verifies the audit trail: <c>/api/audit</c>.</summary>
public sealed class AuditEndpoints(ISiteDirectory sites, AuditTrail trail, ILogger<AuditEndpoints> logger)
{
    // With a site asked for, so many records at most are looked through for one page.
    private const int MostRead = 2000;

    /// <summary><c>GET /api/audit</c>: who did what, newest first, a page at a time.</summary>
    [Function(nameof(ListAudit))]
    [Query("site", "Those of one site.")]
    [Query("top", "The most of them on one page.", IsNumber = true)]
    [Query("before", "The page before's own 'before'.", IsNumber = true)]
    [Answers(StatusCodes.Status200OK, typeof(AuditPage))]
    public Task<IResult> ListAudit(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "audit")] HttpRequest request, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () =>
        {
            var top = ApiRequest.ReadNumber(request, "top", 50, 1, 500);
            var site = request.Query["site"].ToString() is { Length: > 0 } asked ? ApiSites.Resolve(sites, asked) : null;
            var page = new List<AuditRecord>(top);
            var read = 0;
            long? last = null;
            await foreach (var record in trail.ReadAsync(BeforeOf(request), cancellationToken))
            {
                last = record.Sequence;
                if (site is null || record.Site == site)
                {
                    page.Add(record);
                }

                if (page.Count == top || ++read == MostRead)
                {
                    break;
                }
            }

            return ApiResponse.Json(new AuditPage(page, (page.Count == top || read == MostRead) && last > 1 ? last : null));
        });

    /// <summary><c>GET /api/audit/verify</c>: reads the whole trail again; removed and changed records are found.</summary>
    [Function(nameof(VerifyAudit))]
    [Answers(StatusCodes.Status200OK, typeof(AuditVerdict))]
    public Task<IResult> VerifyAudit(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "audit/verify")] HttpRequest request, CancellationToken cancellationToken) =>
        ApiResponse.OfAsync(request, logger, async () => ApiResponse.Json(await trail.VerifyAsync(cancellationToken)));

    private static long BeforeOf(HttpRequest request)
    {
        var text = request.Query["before"].ToString();
        return text.Length == 0 ? long.MaxValue
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var before) && before > 0 ? before
            : throw ApiFaults.BadValue("before", "is not the number of a record", "pass on the 'before' of the page before");
    }
}
