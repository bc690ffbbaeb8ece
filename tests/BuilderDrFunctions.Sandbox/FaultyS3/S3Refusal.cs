using Microsoft.AspNetCore.Http;

namespace BuilderDrFunctions.Sandbox.FaultyS3;

/// <summary>The answer to a request for a bucket that is in another region.</summary>
/// <param name="Status">HTTP's.</param>
/// <param name="Code">S3's.</param>
/// <param name="Region">Where the bucket is.</param>
/// <param name="InHeader">Said in a header, as with AWS's redirects; else in the body.</param>
public sealed record S3Refusal(int Status, string Code, string Region, bool InHeader)
{
    internal Task AnswerAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        http.Response.ContentType = "application/xml";
        if (InHeader)
        {
            http.Response.Headers["x-amz-bucket-region"] = Region;
        }

        return http.Response.WriteAsync(
            $"<?xml version=\"1.0\"?><Error><Code>{Code}</Code><Message>…</Message>{(InHeader ? "" : $"<Region>{Region}</Region>")}</Error>", http.RequestAborted);
    }
}
