using System.Globalization;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Recovery;

namespace BuilderDrFunctions.Restore;

/// <summary>Holds a set against the server it is to be restored to.</summary>
internal static class TargetChecks
{
    /// <summary>A dump of a newer major version than the server or the tools, as a problem.</summary>
    public static PermanentFaultException? Versions(DatabaseRecord database, ServerFacts server, ToolVersion tool, string description) =>
        MajorOf(database.ServerVersion) > MajorOf(server.Version) ? RecoveryFaults.NewerDump(database.Name, database.ServerVersion, description, server.Version)
        : MajorOf(database.ToolVersion) > MajorOf(tool.Text) ? RecoveryFaults.OlderTool(database.Name, database.ToolVersion, tool.Text)
        : null;

    // Up to 9.6 the first two numbers made the major version.
    private static Version MajorOf(string version)
    {
        var numbers = version.Split('.', ' ').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).ToArray();
        return numbers[0] >= 10 ? new Version(numbers[0], 0) : new Version(numbers[0], numbers.Length > 1 ? numbers[1] : 0);
    }
}
