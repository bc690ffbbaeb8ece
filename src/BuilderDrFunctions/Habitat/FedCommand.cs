namespace BuilderDrFunctions.Habitat;

/// <summary>A command that is being fed.</summary>
/// <remarks>The end of its input is the input's regular end, so it cannot also mean that the command is to be ended: a guard in a session beside it does that.</remarks>
internal sealed class FedCommand : IFedCommand
{
    private readonly HostSession _guard;
    private readonly RunningCommand _command;
    private readonly IAsyncDisposable? _connection;

    /// <summary>A command and its guard.</summary>
    /// <param name="session">The command's.</param>
    /// <param name="guard">Whose end ends the command.</param>
    /// <param name="host">For messages.</param>
    /// <param name="command">What runs.</param>
    /// <param name="connection">Goes with it; null where there is none.</param>
    internal FedCommand(HostSession session, HostSession guard, string host, HostCommand command, IAsyncDisposable? connection)
    {
        _guard = guard;
        _command = new RunningCommand(session, session.Output, host, command, guard.CloseInput);
        _connection = connection;
        Input = new HostInputStream(session);
    }

    /// <inheritdoc/>
    public Stream Input { get; }

    /// <inheritdoc/>
    public Stream Output => _command.Output;

    /// <inheritdoc/>
    public Task<HostCommandResult> CompleteAsync(CancellationToken cancellationToken) => _command.CompleteAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The guard first: a command must not take the end of a broken-off input for a regular one.
        await _guard.DisposeAsync();
        await _command.DisposeAsync();
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }
    }
}
