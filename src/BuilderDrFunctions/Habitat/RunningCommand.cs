namespace BuilderDrFunctions.Habitat;

/// <summary>A command whose output is being read.</summary>
internal sealed class RunningCommand : IRunningCommand
{
    private readonly HostSession _session;
    private readonly string _host;
    private readonly HostCommand _command;
    private readonly OutputTail _error;
    private readonly CancellationTokenSource? _limit;

    /// <summary>Reads the output of a command that has just been started; at its time limit <paramref name="end"/> ends it.</summary>
    internal RunningCommand(HostSession session, Stream output, string host, HostCommand command, Action end)
    {
        _session = session;
        _host = host;
        _command = command;
        _error = new OutputTail(session.Error);
        Output = output;
        if (command.Timeout is { } timeout)
        {
            // With the command ends the output that the reader waits for.
            _limit = new CancellationTokenSource(timeout);
            _limit.Token.Register(end);
        }
    }

    /// <inheritdoc/>
    public Stream Output { get; }

    /// <inheritdoc/>
    public async Task<HostCommandResult> CompleteAsync(CancellationToken cancellationToken)
    {
        var exitCode = await _session.Ended.WaitAsync(cancellationToken);
        return _limit is { IsCancellationRequested: true }
            ? throw HabitatFaults.CommandTimedOut(_host, _command.Program, _command.Timeout!.Value)
            : new HostCommandResult(exitCode, "", await _error.TextAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        await Output.DisposeAsync();
        _limit?.Dispose();
    }
}
