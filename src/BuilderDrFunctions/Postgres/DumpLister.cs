using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;

namespace BuilderDrFunctions.Postgres;

/// <summary>Lists dumps with pg_restore, which connects to no server for that: it needs nothing of the Builder that may be gone.</summary>
/// <param name="tools">As <see cref="PostgresEndpoint.Tools"/>.</param>
/// <param name="toolsCommand">As <see cref="PostgresEndpoint.ToolsCommand"/>.</param>
/// <param name="host">The Builder host; needed only when the tools run there.</param>
public sealed class DumpLister(string tools, string? toolsCommand, IBuilderHost? host)
{
    private readonly PostgresTools _tools = new(
        new PostgresEndpoint { Host = "", Port = 0, Username = "", Password = "", Tools = tools, ToolsCommand = toolsCommand }, new PostgresLimits(), host);

    /// <summary>Lists a stored dump, of which no more is read than its table of contents; a damaged one is a permanent fault.</summary>
    public Task<ArchiveFacts> ListAsync(Stream dump, DumpCompression compression, CancellationToken cancellationToken) =>
        new DatabaseRestore(_tools).ListAsync(dump, compression, cancellationToken);

    /// <summary>Whether a fault is that of the tools or of the host they run on: it says nothing of the dump.</summary>
    public static bool IsOutOfReach(FaultException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return PostgresFaults.IsOfTools(fault) || HabitatFaults.IsOfHost(fault);
    }
}
