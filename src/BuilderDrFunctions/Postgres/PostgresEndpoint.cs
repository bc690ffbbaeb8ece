namespace BuilderDrFunctions.Postgres;

/// <summary>How to reach a Builder's PostgreSQL server and its command-line tools. Holds a password: never serialized, never logged.</summary>
public sealed class PostgresEndpoint
{
    /// <summary>Host name, address, or the folder of a Unix socket, as this machine reaches it.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port, or the number in the Unix socket's name.</summary>
    public required int Port { get; init; }

    /// <summary>Host as the Builder host itself reaches it; used by tools that run there.</summary>
    public string? HostOnBuilder { get; init; }

    /// <summary>Port as the Builder host itself reaches it.</summary>
    public int? PortOnBuilder { get; init; }

    /// <summary>Role, <c>hab</c> on a Builder.</summary>
    public required string Username { get; init; }

    /// <summary>Its password.</summary>
    public required string Password { get; init; }

    /// <summary><c>disable</c>, <c>prefer</c>, <c>require</c>, <c>verify-ca</c> or <c>verify-full</c>, as libpq names them.</summary>
    public string SslMode { get; init; } = "prefer";

    /// <summary>File on this machine with the certificates that sign the server's; null: whatever the driver and libpq trust by themselves.</summary>
    public string? SslRootCertificate { get; init; }

    /// <summary>The name that <c>verify-full</c> holds the certificate against where <see cref="Host"/> is not the server's own, but a tunnel's end; null: the host.</summary>
    public string? ServerName { get; init; }

    /// <summary><c>path</c>: tools on this machine's PATH; a folder that holds them; <c>ssh</c>: run on the Builder host.</summary>
    public string Tools { get; init; } = "path";

    /// <summary>With <c>ssh</c>: words put before the tool's name, such as <c>hab pkg exec core/postgresql17</c>.</summary>
    public string? ToolsCommand { get; init; }

    /// <summary>Whether <see cref="Host"/> and <see cref="Port"/> are the near end of an SSH tunnel.</summary>
    internal bool IsTunneled => PortOnBuilder is { } port && HostOnBuilder is { } host && (port != Port || host != Host);

    /// <summary>Names server and role, for messages.</summary>
    public override string ToString() => IsTunneled ? $"{Username}@{HostOnBuilder}:{PortOnBuilder} (through SSH)" : $"{Username}@{Host}:{Port}";
}
