namespace BuilderDrFunctions.Postgres;

/// <summary>What a reachable server says of itself and of the role that connected.</summary>
/// <param name="Version">As the server prints it, such as <c>15.13</c>.</param>
/// <param name="VersionNumber">As PostgreSQL counts: 150013, or 90624 for 9.6.24.</param>
/// <param name="MaxLocksPerTransaction">A database with 128 shards needs 128.</param>
/// <param name="MaxConnections">With the former it gives the size of the lock table.</param>
/// <param name="Role">Who connected.</param>
/// <param name="IsSuperuser">Whether that role may do anything.</param>
/// <param name="CanCreateDatabase">Whether it may create databases: a restore needs to.</param>
/// <param name="IsInRecovery">Whether it is a read-only standby.</param>
public sealed record ServerFacts(
    string Version,
    int VersionNumber,
    int MaxLocksPerTransaction,
    int MaxConnections,
    string Role,
    bool IsSuperuser,
    bool CanCreateDatabase,
    bool IsInRecovery)
{
    /// <summary>15, or 9 for 9.6: up to 9.6 the first two numbers made the major version.</summary>
    public int Major => VersionNumber / 10000;
}

/// <summary>A database of a Builder.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Owner">The role it belongs to.</param>
/// <param name="Bytes">On the server's disk, indexes included.</param>
/// <param name="Schemas">Without PostgreSQL's own.</param>
/// <param name="Tables">Ordinary tables in those schemas.</param>
public sealed record DatabaseFacts(string Name, string Owner, long Bytes, int Schemas, int Tables);

/// <summary>A command-line tool's version.</summary>
/// <param name="Text">Such as <c>15.13</c>.</param>
/// <param name="Number">As PostgreSQL counts: 150013, or 90624 for 9.6.24.</param>
public sealed record ToolVersion(string Text, int Number);

/// <summary>A session on a database.</summary>
/// <param name="Pid">The server process.</param>
/// <param name="Username">Its role.</param>
/// <param name="Application">What it calls itself.</param>
/// <param name="Client">Its address, or <c>local</c>.</param>
/// <param name="State">Such as <c>active</c> or <c>idle</c>.</param>
public sealed record ConnectionFacts(int Pid, string Username, string Application, string Client, string State);
