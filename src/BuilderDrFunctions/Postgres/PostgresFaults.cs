using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Postgres;

/// <summary>Every fault of the PostgreSQL seam with its number; docs/errors/postgres.md lists them.</summary>
internal static class PostgresFaults
{
    public const string NotAllowedCode = "DR3005";
    public const string NoDatabaseCode = "DR3006";
    public const string TooManyConnectionsCode = "DR3009";
    public const string OtherErrorCode = "DR3026";
    public const string ToolFailedCode = "DR3013";
    private const string ToolMissingCode = "DR3010";
    private const string ToolUnknownCode = "DR3012";
    private const string NoToolHostCode = "DR3019";
    public const string ArchiveTooNewCode = "DR3021";
    public const string ArchiveDamagedCode = "DR3022";
    public const string RestoreRefusedCode = "DR3031";
    public const string NoSuchRoleCode = "DR3036";

    /// <summary>Whether a fault says that a tool is not to be had here, or cannot read what a newer one wrote.</summary>
    public static bool IsOfTools(FaultException fault) => fault.Code is ToolMissingCode or ToolUnknownCode or NoToolHostCode or ArchiveTooNewCode;

    public static TransientFaultException Unreachable(PostgresEndpoint endpoint, string cause) => new(
        "DR3001", $"PostgreSQL at {endpoint} cannot be reached: {cause}", "Check that the datastore runs and listens there (on the Builder host: hab svc status, hab svc start habitat/builder-datastore), and that no firewall is between.");

    public static PermanentFaultException WrongPassword(PostgresEndpoint endpoint) => new(
        "DR3002", $"PostgreSQL refused the password of {endpoint}", "The password in force is in [datastore] of /hab/svc/builder-api/config/config.toml; correct Sites__<site>__Postgres__Password.");

    public static PermanentFaultException Tls(PostgresEndpoint endpoint, string cause) => new(
        "DR3003", $"no TLS session with {endpoint} under sslmode {endpoint.SslMode}: {cause}", "Set Sites__<site>__Postgres__SslRootCertificate to a file with the certificate that signed the server's (tools on the Builder host look for ~/.postgresql/root.crt there), or SslMode to what the server offers.");

    public static TransientFaultException ConnectTimeout(PostgresEndpoint endpoint, TimeSpan limit) => new(
        "DR3004", $"PostgreSQL at {endpoint} did not answer within {limit.TotalSeconds:0} s", "Check host, port and firewall; a server under heavy load may need another try later.");

    public static PermanentFaultException NotAllowed(PostgresEndpoint endpoint, string cause) => new(
        NotAllowedCode, $"PostgreSQL does not let {endpoint} in: {cause}", "Create the role and let it log in (ALTER ROLE … LOGIN), or add a line for it and this machine's address to pg_hba.conf.");

    public static PermanentFaultException NoConnectRight(PostgresEndpoint endpoint, string database, string cause) => new(
        NotAllowedCode, $"PostgreSQL does not let {endpoint} in: {cause}", $"GRANT CONNECT ON DATABASE {SqlName.Quote(database)} TO {SqlName.Quote(endpoint.Username)};");

    public static PermanentFaultException Closed(PostgresEndpoint endpoint, string database, string cause) => new(
        NotAllowedCode, $"PostgreSQL does not let {endpoint} in: {cause}", $"ALTER DATABASE {SqlName.Quote(database)} ALLOW_CONNECTIONS true opens it; one that an interrupted DROP left can only be dropped and restored.");

    public static PermanentFaultException NoDatabase(PostgresEndpoint endpoint, string database) => new(
        NoDatabaseCode, $"there is no database '{database}' on {endpoint}", "Check the name with psql --list.");

    public static PermanentFaultException NoBuilderDatabases(PostgresEndpoint endpoint) => new(
        "DR3007", $"{endpoint} has neither a database 'builder' nor any 'builder_…srv'", "Check that this is the Builder's own datastore, or name the database in Sites__<site>__Postgres__Database.");

    public static TransientFaultException NotReady(PostgresEndpoint endpoint, string cause) => new(
        "DR3008", $"PostgreSQL at {endpoint} takes no connections now: {cause}", "It is starting, stopping or recovering; try again when it has finished.");

    public static TransientFaultException TooManyConnections(PostgresEndpoint endpoint, string cause) => new(
        TooManyConnectionsCode,
        $"PostgreSQL at {endpoint} has no connection free: {cause}",
        "End idle sessions, or raise the limit that is named, max_connections or the CONNECTION LIMIT of database or role (ALTER … CONNECTION LIMIT -1: none); a dump needs three. A limit of 0 keeps everyone out, and somebody has set it.");

    public static PermanentFaultException ToolMissing(string tool, string where) => new(
        ToolMissingCode, $"{tool} was not found {where}", "Install the PostgreSQL client of the server's version, or set Sites__<site>__Postgres__Tools to the folder that holds it, or to 'ssh' to use the Builder's own.");

    public static PermanentFaultException ToolTooOld(string tool, string toolVersion, string serverVersion) => new(
        "DR3011", $"{tool} {toolVersion} is older than the server, {serverVersion}", "Use the client of the server's major version or a newer one: Sites__<site>__Postgres__Tools, or Tools=ssh with ToolsCommand.");

    public static PermanentFaultException ToolVersionUnreadable(string tool, string output) => new(
        ToolUnknownCode, $"{tool} --version did not answer with a PostgreSQL version but: {output}", "Check what Sites__<site>__Postgres__Tools and ToolsCommand point at.");

    public static TransientFaultException ToolFailed(string tool, int exitCode, string error) => new(
        ToolFailedCode, $"{tool} ended with exit code {exitCode}: {error}", "The text is the tool's own; the PostgreSQL server's log tells more.");

    public static TransientFaultException ToolKilled(string tool, string signal, string error) => new(
        "DR3014", $"{tool} was killed by {signal} before it was done{(error.Length == 0 ? "" : $": {error}")}", "Look for the kernel's out-of-memory killer (dmesg) or for whoever ended it, then try again.");

    public static PermanentFaultException PermissionDenied(PostgresEndpoint endpoint, string database, string what, string grant) => new(
        "DR3015", $"role {endpoint.Username} may not read {what} of database '{database}'", grant);

    public static TransientFaultException Locked(string database, string what) => new(
        "DR3016", $"{what} of database '{database}' is locked by another session", "Wait for the session that changes it (see pg_stat_activity), or end it, then try again.");

    public static PermanentFaultException TooFewLocks(string database, string detail, int needed) => new(
        "DR3017", $"the server's lock table is too small for database '{database}': {detail}", $"Set max_locks_per_transaction to {needed} or more in the datastore's configuration and restart it.");

    public static TransientFaultException ConnectionLost(PostgresEndpoint endpoint, string cause) => new(
        "DR3018", $"the connection to {endpoint} broke: {cause}", $"Check that the datastore runs (on the Builder host: hab svc status, hab svc start habitat/builder-datastore), and look into its log for a restart or a crash; then try again.{TunnelHint(endpoint)}");

    public static PermanentFaultException NoHostForTools() => new(
        NoToolHostCode, "the PostgreSQL tools are to run on the Builder host, but no access to that host is configured", "Set Sites__<site>__Service__Control to ssh or local, or Sites__<site>__Postgres__Tools to path or a folder.");

    public static PermanentFaultException UnknownAlgorithm(string algorithm, string serverVersion) => new(
        "DR3020", $"fingerprints of kind '{algorithm}' cannot be computed by PostgreSQL {serverVersion}", "Use the Builder DR that took the backup, or a newer one, and a server that is not older than the one it was taken from.");

    public static PermanentFaultException ArchiveTooNew(string archiveVersion, string toolVersion) => new(
        ArchiveTooNewCode, $"the dump was written by {archiveVersion}, which pg_restore {toolVersion} cannot read", "Restore with the client of that PostgreSQL version or a newer one: Sites__<site>__Postgres__Tools.");

    public static PermanentFaultException ArchiveDamaged(string cause) => new(
        ArchiveDamagedCode, $"the dump is damaged: {cause}", "Verify the backup set, and restore from another one.");

    public static PermanentFaultException DatabaseExists(PostgresEndpoint endpoint, string database) => new(
        "DR3023", $"there already is a database '{database}' on {endpoint}", "Choose another name, or drop that database first.");

    public static TransientFaultException DatabaseInUse(string database, string sessions) => new(
        "DR3024", $"database '{database}' is in use: {sessions}", "Stop what uses it, or end its sessions; a role that is to end others' needs GRANT pg_signal_backend, and for a superuser's be one.");

    public static PermanentFaultException NotPrivileged(PostgresEndpoint endpoint, string action, string cause) => new(
        "DR3025", $"role {endpoint.Username} may not {action}: {cause}", $"ALTER ROLE \"{endpoint.Username}\" CREATEDB, and own the database or be a member of the role that owns it.");

    /// <summary>Whatever else a server reports.</summary>
    /// <param name="endpoint">The server.</param>
    /// <param name="state">SQLSTATE.</param>
    /// <param name="message">Its own words.</param>
    /// <param name="passes">Whether it may not come again: a deadlock, a statement that somebody canceled, too little memory.</param>
    public static FaultException Sql(PostgresEndpoint endpoint, string state, string message, bool passes)
    {
        const string hint = "The state is explained in PostgreSQL's documentation, appendix 'Error Codes'; the server's log tells more.";
        var what = $"PostgreSQL at {endpoint} reported {state}: {message}";
        return passes ? new TransientFaultException(OtherErrorCode, what, hint) : new PermanentFaultException(OtherErrorCode, what, hint);
    }

    public static PermanentFaultException BadSslMode(string mode) => new(
        "DR3027", $"'{mode}' is no sslmode", "Use disable, allow, prefer, require, verify-ca or verify-full.");

    public static TransientFaultException Stalled(string tool, TimeSpan limit) => new(
        "DR3028", $"{tool} gave nothing for {limit.TotalMinutes:0} min and was ended", "Look at pg_stat_activity for what it waits for, then try again.");

    public static TransientFaultException SchemaInMotion(string database) => new(
        "DR3029", $"tables of database '{database}' were created or dropped while it was being read", "Migrations are running: try again when they are done.");

    public static PermanentFaultException RestoreRefused(string database, string error) => new(
        RestoreRefusedCode, $"pg_restore could not restore into database '{database}': {error}", "Correct what it names; nothing but this target database was touched.");

    public static TransientFaultException DiskFull(PostgresEndpoint endpoint, string cause) => new(
        "DR3032", $"PostgreSQL at {endpoint} has no space left: {cause}", "Free or add disk space on the datastore, then try again.");

    public static PermanentFaultException DigestForbidden(PostgresEndpoint endpoint) => new(
        "DR3033", $"PostgreSQL at {endpoint} does not allow MD5, with which this fingerprint was made", "Compare on a server whose OpenSSL is not in FIPS mode.");

    public static PermanentFaultException RowSecurity(PostgresEndpoint endpoint, string database, string cause) => new(
        "DR3034", $"row security hides rows of database '{database}' from role {endpoint.Username}: {cause}", $"ALTER ROLE \"{endpoint.Username}\" BYPASSRLS, or back up as the tables' owner.");

    public static TransientFaultException CannotStage(string folder, string cause) => new(
        "DR3035", $"the dump cannot be staged in {folder}: {cause}", "Free disk space there, or name another folder; it needs the size of the dump as it is stored.");

    public static PermanentFaultException NoSuchRole(string database, string error) => new(
        NoSuchRoleCode, $"the dump grants rights to a role that this server has not, so it does not go into database '{database}': {error}", "Create the role on this server (CREATE ROLE … NOLOGIN is enough for a grant), then restore again.");

    // a tunnel whose far end is refused is closed like any other connection
    private static string TunnelHint(PostgresEndpoint endpoint) =>
        endpoint.IsTunneled ? " Where none can be made at all: sshd must allow TCP forwarding (AllowTcpForwarding, PermitOpen), and PostgreSQL listen there." : "";
}
