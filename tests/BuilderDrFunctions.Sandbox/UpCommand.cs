using System.CommandLine;
using System.Runtime.InteropServices;
using BuilderDrFunctions.Sandbox.Data;
using BuilderDrFunctions.Sandbox.Legacy;
using BuilderDrFunctions.Sandbox.Processes;

namespace BuilderDrFunctions.Sandbox;

/// <summary>Runs a sandbox until it is told to end.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var size = new Option<string>("--size") { Description = "tiny, small or large", DefaultValueFactory = _ => "tiny" };
        size.AcceptOnlyFromAmong("tiny", "small", "large");
        var packages = new Option<int?>("--packages") { Description = "so many packages instead of the size's" };
        var artifacts = new Option<int?>("--artifacts") { Description = "so many artifacts instead of the size's" };
        var legacy = new Option<string?>("--legacy") { Description = "s, m or l: a Builder from before August 2018, in shards, instead" };
        legacy.AcceptOnlyFromAmong("s", "m", "l");
        var environmentFile = new Option<FileInfo?>("--env-file") { Description = "where the application's settings are written once all is up, for a shell to source" };
        var isExplicit = new Option<bool>("--explicit") { Description = "settings that leave nothing to discovery" };
        var site = new Option<string>("--site") { Description = "the site's name in the settings", DefaultValueFactory = _ => "main" };
        var command = new Command("up", "Starts everything and runs until SIGINT or SIGTERM.") { size, packages, artifacts, legacy, environmentFile, isExplicit, site };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var data = DataSize.Named(arguments.GetRequiredValue(size));
            data = new DataSize(arguments.GetValue(packages) ?? data.Packages, arguments.GetValue(artifacts) ?? data.Artifacts);
            var options = new SandboxOptions
            {
                Size = data,
                Legacy = arguments.GetValue(legacy) is { } name ? LegacySize.Named(name) : null,
                Site = arguments.GetRequiredValue(site),
                VaultInMemory = data.Packages < DataSize.Large.Packages,
                Report = Console.WriteLine,
            };
            return await RunAsync(options, arguments.GetValue(environmentFile), arguments.GetValue(isExplicit), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(SandboxOptions options, FileInfo? environmentFile, bool isExplicit, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ending.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        try
        {
            await using var sandbox = await BuilderSandbox.StartAsync(options, ending.Token);
            var settings = isExplicit ? sandbox.ExplicitAppSettings : sandbox.AppSettings;
            if (environmentFile is not null)
            {
                await WriteAsync(environmentFile, settings, ending.Token);
            }

            Describe(sandbox);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending.Token);
            return 0;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            Console.WriteLine("Stopped.");
            return 0;
        }
        catch (MissingServerException missing)
        {
            await Console.Error.WriteLineAsync(missing.Message);
            return 1;
        }
    }

    /// <summary>Readable by its owner alone, and visible only once it is whole: a script waits for it.</summary>
    private static async Task WriteAsync(FileInfo file, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        var temporary = file.FullName + ".new";
        await using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        await using (var writer = new StreamWriter(stream))
        {
            foreach (var (name, value) in settings)
            {
                await writer.WriteLineAsync($"{name}='{value}'".AsMemory(), cancellationToken);
            }
        }

        File.Move(temporary, file.FullName, overwrite: true);
    }

    private static void Describe(BuilderSandbox sandbox) => Console.WriteLine($"""

        PostgreSQL   {sandbox.Postgres.Host}:{sandbox.Postgres.Port}, socket {sandbox.Postgres.SocketFolder}
        S3           {sandbox.S3.Url}
        Azurite      {sandbox.VaultUrl}
        SSH          {sandbox.Host.Ssh.User}@{sandbox.Host.Ssh.Host}:{sandbox.Host.Ssh.Port}, {sandbox.Host.Ssh.HostKeyFingerprint}
        API status   {sandbox.Host.StatusUrl}
        Builder tree {sandbox.Host.Tree}

        Running; end with Ctrl-C.
        """);
}
