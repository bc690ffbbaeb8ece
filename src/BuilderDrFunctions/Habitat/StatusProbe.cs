using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Habitat;

/// <summary>Asks the API's status URL. An address on the loopback is the Builder host's own, and reached through it.</summary>
/// <param name="statusUrl">What is asked; null: nothing.</param>
/// <param name="host">The Builder host.</param>
internal sealed class StatusProbe(string? statusUrl, IBuilderHost? host)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>What is asked; null: nothing.</summary>
    internal string? Url { get; } = statusUrl;

    /// <summary>Null when it answers 200, else what it does instead.</summary>
    internal async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw HabitatFaults.Misconfigured("StatusUrl is no http address");
        }

        using var client = new HttpClient(HostWeb.Handler(url, host)) { Timeout = Limit };
        try
        {
            using var answer = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.StatusCode == System.Net.HttpStatusCode.OK ? null : FormattableString.Invariant($"it answers {(int)answer.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            return e.HttpRequestError == HttpRequestError.SecureConnectionError ? "its certificate is not trusted" : "it is not reachable";
        }
        catch (TransientFaultException e)
        {
            return e.What;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return FormattableString.Invariant($"no answer within {Limit.TotalSeconds:0} s");
        }
    }
}
