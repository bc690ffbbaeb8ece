using BuilderDrFunctions.Habitat;

namespace BuilderDrFunctions.Postgres;

/// <summary>A tool running on the Builder host.</summary>
internal sealed class HostToolRun(string tool, IRunningCommand command) : IToolRun
{
    public string Tool { get; } = tool;

    public Stream Output => command.Output;

    public Stream? Input => (command as IFedCommand)?.Input;

    public void Abort()
    {
        // the host's streams heed their cancellation tokens; disposing ends the command
    }

    public async Task<ToolExit> CompleteAsync(CancellationToken cancellationToken)
    {
        var result = await command.CompleteAsync(cancellationToken);
        return new ToolExit(result.ExitCode, result.Error);
    }

    public ValueTask DisposeAsync() => command.DisposeAsync();
}
