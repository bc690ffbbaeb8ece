using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Portal;

/// <summary>The app over a folder of generated sets: there is no Builder behind it, and no backup begins by itself.</summary>
internal static class PortalApp
{
    /// <summary>Starts it.</summary>
    /// <param name="folder">Its <c>vault</c> is the vault.</param>
    public static Task<AppProcess> StartAsync(TemporaryFolder folder) => AppProcess.StartNewAsync(
        AppProcess.BuiltProgram, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Sites__main__Service__Control"] = "none",
            ["Sites__main__Postgres__Host"] = "127.0.0.1",
            ["Vault__Url"] = new Uri(folder["vault"]).AbsoluteUri,
            ["Schedules__Backup"] = "0 0 0 1 1 *",
        }, [], TestContext.Current.CancellationToken);
}
