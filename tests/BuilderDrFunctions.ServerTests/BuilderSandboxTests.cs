using BuilderDrFunctions.Sandbox;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Processes;
using Minio.DataModel.Args;
using Xunit;

namespace BuilderDrFunctions.ServerTests;

public sealed class BuilderSandboxTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_bucket_holds_every_artifact_under_its_packages_key()
    {
        await using var sandbox = await Servers.StartOwnAsync(token => BuilderSandbox.StartAsync(new SandboxOptions(), token));
        var bucket = sandbox.ExplicitAppSettings["Sites__main__Artifacts__Bucket"];
        using var client = sandbox.S3.CreateClient();
        var keys = new List<string>();
        await foreach (var item in client.ListObjectsEnumAsync(new ListObjectsArgs().WithBucket(bucket).WithRecursive(true), Cancellation))
        {
            keys.Add(item.Key);
        }

        Assert.Equal(sandbox.Generator.WithArtifacts().Select(package => package.ArtifactKey).Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
        Assert.Equal(DataSize.Tiny.Artifacts, keys.Count);
    }

    [Theory]
    [InlineData(UnixSignal.Terminate)]
    [InlineData(UnixSignal.Kill)]
    public async Task However_the_program_ends_its_servers_end_and_its_folders_go(UnixSignal signal)
    {
        using var folder = new TemporaryFolder("up");
        var program = Path.Combine(AppContext.BaseDirectory, "BuilderDrFunctions.Sandbox");
        await using var sandbox = await ServerProcess.StartAsync(new ServerCommand("sandbox", program, "up", "--env-file", folder["env"]));
        await sandbox.WaitUntilAsync(_ => Task.FromResult(File.Exists(folder["env"])), TimeSpan.FromMinutes(2), Cancellation);
        Assert.NotEmpty(CommandLinesWith($"/bdr-{sandbox.Id}-"));

        sandbox.Signal(signal);
        var code = await sandbox.WaitForExitAsync(Cancellation);
        Assert.Equal(signal == UnixSignal.Terminate ? 0 : 128 + (int)signal, code);
        Assert.True(
            await Condition.TryAwaitAsync(_ => Task.FromResult(CommandLinesWith($"/bdr-{sandbox.Id}-").Count == 0), TimeSpan.FromSeconds(20), Cancellation),
            string.Join('\n', CommandLinesWith($"/bdr-{sandbox.Id}-")));

        // what a killed program left behind is swept by the next folder that anyone makes
        using var next = new TemporaryFolder("next");
        Assert.Empty(Directory.EnumerateDirectories(Path.GetTempPath(), $"bdr-{sandbox.Id}-*"));
    }

    private static List<string> CommandLinesWith(string text) =>
        [.. Directory.EnumerateDirectories("/proc").Select(CommandLine).Where(line => line.Contains(text, StringComparison.Ordinal))];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // no process's folder, or the process has just ended
            return "";
        }
    }
}
