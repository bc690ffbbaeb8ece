using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Backup;

/// <summary>What an operator asks for with <c>POST /api/backups</c>.</summary>
public sealed record BackupRequest
{
    /// <summary>The site; may be left out when only one is configured.</summary>
    public string? Site { get; init; }

    /// <summary>A name for the set, part of its id: up to 40 lower-case letters, digits and hyphens. <c>manual</c> when left out.</summary>
    public string? Label { get; init; }

    /// <summary>Whether the API is stopped for the dump; when left out it is, unless the site has no service control.</summary>
    public QuiesceMode? Quiesce { get; init; }
}

/// <summary>What happens to the API during the dump.</summary>
public enum QuiesceMode
{
    /// <summary>It is stopped before and started after, and started again whatever fails.</summary>
    Stop,

    /// <summary>It keeps serving; the dump is consistent in itself, and every dumped package still has its artifact.</summary>
    None,
}

/// <summary>The input of the backup orchestrator.</summary>
/// <param name="OperationId">This run.</param>
/// <param name="Site">The Builder to back up.</param>
/// <param name="Label">The set's id.</param>
/// <param name="Quiesce">As asked for; null: stop where there is a service control.</param>
public sealed record BackupOrder(string OperationId, string Site, string Label, QuiesceMode? Quiesce)
{
    /// <summary>Old sets expire once this one is committed: so it is with scheduled backups.</summary>
    public bool Expires { get; init; }

    /// <summary>The label, typed.</summary>
    internal BackupLabel BackupLabel => new(Label);
}
