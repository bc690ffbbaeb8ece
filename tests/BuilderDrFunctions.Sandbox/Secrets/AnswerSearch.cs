namespace BuilderDrFunctions.Sandbox.Secrets;

/// <summary>Searches every answer that a client gets, head and body, and now and then the arguments of what runs meanwhile.</summary>
public sealed class AnswerSearch : DelegatingHandler
{
    private readonly SecretSearch search;
    private readonly ArgumentSearch arguments;

    /// <summary>Puts itself before a transport.</summary>
    public AnswerSearch(SecretSearch search, HttpMessageHandler transport)
        : base(transport)
    {
        this.search = search;
        arguments = new ArgumentSearch(search);
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        await answer.Content.LoadIntoBufferAsync(cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        search.Search($"answer to {request.Method} {request.RequestUri?.AbsolutePath} → {(int)answer.StatusCode}", $"{answer.Headers}{answer.Content.Headers}{text}");
        arguments.LookNowAndThen();
        return answer;
    }
}
