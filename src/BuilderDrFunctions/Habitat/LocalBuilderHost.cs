namespace BuilderDrFunctions.Habitat;

/// <summary>The Builder that runs on this very machine.</summary>
internal sealed class LocalBuilderHost(ServiceOptions options) : ShellBuilderHost(options)
{
    /// <inheritdoc/>
    public override string Description => "this machine";

    /// <summary>A pipe holds back its writer without help.</summary>
    protected override string StreamScript => HostScripts.Run;

    /// <inheritdoc/>
    public override Task<IFedCommand> FeedAsync(HostCommand command, CancellationToken cancellationToken) => FeedAsync(command, connection: null, cancellationToken);

    /// <inheritdoc/>
    public override Task<(string Host, int Port)> ReachAsync(string host, int port, CancellationToken cancellationToken) => Task.FromResult((host, port));

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    protected override Stream Flow(HostSession session) => session.Output;

    /// <inheritdoc/>
    protected override Task<HostSession> OpenAsync(string script, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<HostSession>(LocalSession.Start(script, words));
    }
}
