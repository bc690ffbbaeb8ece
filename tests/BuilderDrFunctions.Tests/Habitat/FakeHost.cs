using BuilderDrFunctions.Habitat;

namespace BuilderDrFunctions.Tests.Habitat;

/// <summary>A host that answers commands and holds files in memory.</summary>
internal sealed class FakeHost : IBuilderHost
{
    public string Description => "root@builder:22";

    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public List<string> Commands { get; } = [];

    public Func<string, HostCommandResult> Answer { get; set; } = static _ => new HostCommandResult(0, "", "");

    public Task<HostCommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken)
    {
        var line = string.Join(' ', [command.Program, .. command.Arguments]);
        Commands.Add(line);
        return Task.FromResult(Answer(line));
    }

    public Task<byte[]?> ReadFileAsync(string path, CancellationToken cancellationToken) => Task.FromResult(Files.GetValueOrDefault(path));

    public Task CheckAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IRunningCommand> StreamAsync(HostCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IFedCommand> FeedAsync(HostCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<HostFile>> FindFilesAsync(string pattern, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task WriteFileAsync(HostFile file, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task KeepFileAsync(string path, string copy, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task PutBackFileAsync(string path, string copy, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveFileAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<(string Host, int Port)> ReachAsync(string host, int port, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
