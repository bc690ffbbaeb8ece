namespace BuilderDrFunctions.LocalRuntime.Tests.Hosting;

/// <summary>A state folder that outlives a host, and goes with the test.</summary>
internal sealed class StateFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("builder-dr-runtime-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
