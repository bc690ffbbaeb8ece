namespace BuilderDrFunctions.Postgres;

/// <summary>How long this seam waits for what.</summary>
public sealed record PostgresLimits
{
    /// <summary>For a connection; pg_dump and pg_restore get the same.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For a tool to say its version.</summary>
    public TimeSpan ToolVersion { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For a table that another session holds locked.</summary>
    public TimeSpan Lock { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the next bytes of pg_dump: it is silent while it reads the catalog and waits for locks, and hardly ever afterwards.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(15);
}
