using BuilderDrFunctions.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace BuilderDrFunctions.Portal;

/// <summary>Serves the portal: <c>/api/portal</c>. The page is anonymous and empty; what it shows it asks of the API, with the operator's key.</summary>
public sealed class PortalEndpoints(PortalAssets assets)
{
    /// <summary>Scripts and styles from here alone, none inline, no HTML out of strings, no framing.</summary>
    internal const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary><c>GET /api/portal</c>: the page.</summary>
    [Function(nameof(ShowPortal))]
    [Answers(StatusCodes.Status200OK, MediaType = "text/html")]
    public IResult ShowPortal([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portal")] HttpRequest request)
    {
        var headers = request.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XFrameOptions = "DENY";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        headers.CacheControl = "no-cache";
        return Send(request, assets.Page);
    }

    /// <summary><c>GET /api/portal/{version}/{file}</c>: a script or style of it.</summary>
    [Function(nameof(GetPortalFile))]
    [Answers(StatusCodes.Status200OK, MediaType = "text/javascript")]
    public IResult GetPortalFile(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "portal/{version}/{file}")] HttpRequest request, string version, string file)
    {
        if (assets.Find(version, file) is not { } asset)
        {
            return Results.NotFound();
        }

        request.HttpContext.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Send(request, asset);
    }

    private IResult Send(HttpRequest request, PortalAsset asset)
    {
        var headers = request.HttpContext.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.Vary = HeaderNames.AcceptEncoding;
        var content = asset.Content;
        if (AcceptsGzip(request.Headers.AcceptEncoding))
        {
            headers.ContentEncoding = "gzip";
            content = asset.Compressed;
        }

        return Results.Bytes(content, asset.ContentType, entityTag: new EntityTagHeaderValue($"\"{assets.Version}\"", isWeak: true));
    }

    private static bool AcceptsGzip(StringValues accepted) =>
        StringWithQualityHeaderValue.TryParseList(accepted, out var encodings)
        && encodings.Any(encoding => encoding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && encoding.Quality is null or > 0);
}
