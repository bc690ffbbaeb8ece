using System.Globalization;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>How this seam opens connections: unpooled, with everything that words a value set to one known way.</summary>
internal static class PostgresSession
{
    // Values must read the same whatever the server, the role or the database has set (ALTER ROLE … SET …), and definitions must name every schema.
    // row_security=off makes a filtered read an error instead of a smaller result.
    private static readonly string Options = string.Join(' ', new[]
    {
        "DateStyle=ISO", "TimeZone=UTC", "IntervalStyle=postgres", "extra_float_digits=3", "bytea_output=hex", "search_path=pg_catalog",
        "standard_conforming_strings=on", "row_security=off", "statement_timeout=0", "idle_in_transaction_session_timeout=0",
        "xmloption=content", "quote_all_identifiers=off",
    }.Select(setting => $"-c {setting}"));

    // Not every version has these, and an unknown one among the start options would refuse the connection.
    private const string VersionedSettings =
        "SELECT count(set_config(name, CASE name WHEN 'jit' THEN 'off' ELSE '0' END, false)) FROM pg_catalog.pg_settings WHERE name IN ('jit', 'transaction_timeout', 'idle_session_timeout')";

    // a COPY's rows come in messages of their own: fewer reads of the socket
    private const int ReadBytes = 64 * 1024;

    /// <summary>A connection is silent for as long as a dump or an index takes, and what lies between forgets it sooner than the system's 2 hours: Azure after 4 minutes.</summary>
    internal const int KeepAliveSeconds = 30;

    /// <summary>Connections to one database; nothing is opened yet.</summary>
    /// <param name="endpoint">The server.</param>
    /// <param name="limits">How long it waits.</param>
    /// <param name="database">Its name.</param>
    /// <param name="role">Acts as this one; null: as the one that connects.</param>
    public static NpgsqlDataSource Source(PostgresEndpoint endpoint, PostgresLimits limits, string database, string? role = null)
    {
        var begin = role is null ? VersionedSettings : $"{VersionedSettings}; SET ROLE {SqlName.Quote(role)}";
        var builder = new NpgsqlDataSourceBuilder
        {
            ConnectionStringBuilder =
            {
                Host = endpoint.Host,
                Port = endpoint.Port,
                Username = endpoint.Username,
                Password = endpoint.Password.Length == 0 ? null : endpoint.Password,
                Database = database,
                SslMode = Mode(endpoint.SslMode),
                GssEncryptionMode = GssEncryptionMode.Disable,
                Pooling = false,
                Timeout = (int)Math.Ceiling(limits.Connect.TotalSeconds),
                CommandTimeout = 0,
                TcpKeepAlive = true,
                ReadBufferSize = ReadBytes,
                ApplicationName = "builder-dr",
                Options = string.Create(CultureInfo.InvariantCulture, $"{Options} -c lock_timeout={limits.Lock.TotalMilliseconds:0}"),
                IncludeErrorDetail = false,
            },
        };
        if (!Path.IsPathRooted(endpoint.Host))
        {
            // A Unix socket refuses it.
            builder.ConnectionStringBuilder.TcpKeepAliveTime = KeepAliveSeconds;
        }

        if (endpoint.SslRootCertificate is { } root)
        {
            builder.ConnectionStringBuilder.RootCertificate = root;
        }

        if (endpoint.ServerName is { } name)
        {
            builder.UseSslClientAuthenticationOptionsCallback(options => options.TargetHost = name);
        }

        // A row of a table is a type, too: to load them all takes longer than most work on a database with 128 shards. Every query here words its results in PostgreSQL's own types.
        builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var command = new NpgsqlCommand(begin, connection);
                command.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var command = new NpgsqlCommand(begin, connection);
                await command.ExecuteNonQueryAsync();
            });
        return builder.Build();
    }

    private static SslMode Mode(string mode) => mode switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => throw PostgresFaults.BadSslMode(mode),
    };
}
