using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Habitat;

/// <summary>Builder's own HTTP API, as far as repairs need it.</summary>
/// <remarks>
/// Facts: habitat-sh/habitat, components/builder-api-client/src/builder.rs (<c>put_package</c>), and habitat-sh/builder,
/// components/builder-api/src/server/resources/pkgs.rs (<c>upload_package</c>): the server recomputes the checksum, and with <c>forced</c> a package
/// that it has already is taken again if it is the same.
/// </remarks>
public sealed class BuilderApiClient(BuilderApiOptions options, IBuilderHost? host)
{
    private const int MostAnswerBytes = 4096;

    /// <summary>Whether there is a token; without one nothing can be uploaded.</summary>
    public bool HasToken => !string.IsNullOrEmpty(options.Token);

    /// <summary>Uploads an artifact as <c>hab pkg upload --force</c> does.</summary>
    /// <param name="package">Which package.</param>
    /// <param name="blake2b">Of the whole file.</param>
    /// <param name="content">The file.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    /// <returns>Null when Builder took it; else why it does not take this one, while it may take others.</returns>
    /// <exception cref="FaultException">DR6060 to DR6063: nothing can be uploaded, now or with this token.</exception>
    public async Task<string?> UploadAsync(PackageName package, string blake2b, Stream content, long bytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(package);
        if (!HasToken)
        {
            throw HabitatFaults.NoToken();
        }

        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out var root) || root.Scheme is not ("http" or "https"))
        {
            throw HabitatFaults.BuilderUrlRefused();
        }

        var url = new Uri(root, $"/v1/depot/pkgs/{package.Ident}?checksum={blake2b}&target={Uri.EscapeDataString(package.Target)}&forced=true");
        using var client = new HttpClient(HostWeb.Handler(url, host)) { Timeout = options.UploadTimeout };
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StreamContent(content) };
        request.Content.Headers.ContentLength = bytes;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
        try
        {
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.StatusCode switch
            {
                HttpStatusCode.OK or HttpStatusCode.Created => null,
                HttpStatusCode.Unauthorized => throw HabitatFaults.TokenRefused(package.Ident, (int)answer.StatusCode),
                HttpStatusCode.Forbidden => HabitatFaults.TokenRefused(package.Ident, (int)answer.StatusCode).Brief,
                HttpStatusCode.UnprocessableEntity => $"Builder finds it malformed or unlike what it has: {await TextOfAsync(answer, cancellationToken)}",
                HttpStatusCode.NotImplemented => $"Builder is not configured for target {package.Target}",
                HttpStatusCode.FailedDependency => "Builder finds that it would make a circle of dependencies",
                HttpStatusCode.NotFound => $"Builder has no origin '{package.Ident.Split('/')[0]}'",
                var status and (HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout) =>
                    throw HabitatFaults.BuilderFailed(package.Ident, FormattableString.Invariant($"it answers {(int)status}")),
                var status => HabitatFaults.BuilderFailed(package.Ident, FormattableString.Invariant($"it answers {(int)status}")).Brief,
            };
        }
        catch (HttpRequestException)
        {
            throw HabitatFaults.BuilderFailed(package.Ident, "it is not reachable, or broke the connection");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HabitatFaults.BuilderFailed(package.Ident, string.Create(CultureInfo.InvariantCulture, $"it did not answer within {options.UploadTimeout.TotalSeconds:0} s"));
        }
    }

    private static async Task<string> TextOfAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MostAnswerBytes];
        var read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, read).ReplaceLineEndings(" ");
    }
}
