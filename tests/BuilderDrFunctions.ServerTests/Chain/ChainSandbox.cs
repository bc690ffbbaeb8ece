using System.Diagnostics;
using System.Globalization;
using BuilderDrFunctions.Sandbox;
using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Data;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Chain;

/// <summary>A whole stand-in Builder for the tests that run Builder DR as a process; each test has its own app and its own container.</summary>
public class ChainSandbox : IAsyncLifetime
{
    /// <summary>Packages, each with its artifact.</summary>
    public const int Packages = 120;

    private BuilderSandbox? _sandbox;

    /// <summary>How much the Builder holds: a few packages, what most tests need.</summary>
    protected virtual DataSize Size => new(Packages, Packages);

    /// <summary>The Builder.</summary>
    public BuilderSandbox Builder => _sandbox ?? throw new InvalidOperationException("the sandbox is not started");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() =>
        _sandbox = await Servers.StartOwnAsync(token => BuilderSandbox.StartAsync(new SandboxOptions { Size = Size, VaultInMemory = false }, token));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_sandbox is not null)
        {
            await _sandbox.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Starts an app with a container of its own.</summary>
    /// <param name="overrides">Settings over the sandbox's; a null value removes one.</param>
    public async Task<ChainApp> StartAppAsync(params (string Name, string? Value)[] overrides)
    {
        var token = TestContext.Current.CancellationToken;
        var container = Servers.NewName("chain");
        await Builder.Azurite.CreateContainerAsync(container, token);
        var settings = new Dictionary<string, string>(Builder.AppSettings, StringComparer.Ordinal)
        {
            ["Vault__Url"] = Builder.Azurite.ContainerUrl(container),
            ["Sites__main__Service__StopTimeout"] = "00:00:04",
            ["Sites__main__Service__StartTimeout"] = "00:00:20",
            // The nightly timer must not fire into a test.
            ["Schedules__Backup"] = "0 0 0 1 1 *",
        };
        foreach (var (name, value) in overrides)
        {
            settings.Remove(name);
            if (value is not null)
            {
                settings[name] = value;
            }
        }

        return new ChainApp(Builder, await AppProcess.StartNewAsync(AppProcess.BuiltProgram, settings, Builder.Secrets, token, new DescribedApi()));
    }

    /// <summary>The pg_dump processes that talk to this sandbox's server.</summary>
    public IReadOnlyList<int> DumpProcesses() =>
    [
        .. Process.GetProcessesByName("pg_dump").Select(process => process.Id).Where(id => EnvironmentOf(id).Contains(
            string.Create(CultureInfo.InvariantCulture, $"PGPASSWORD={Builder.Postgres.Password}"), StringComparison.Ordinal)),
    ];

    private static string EnvironmentOf(int processId)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // ended meanwhile
            return "";
        }
    }
}
