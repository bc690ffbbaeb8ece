using System.ComponentModel.DataAnnotations;

namespace BuilderDrFunctions.Sites;

/// <summary>A site's PostgreSQL: section <c>Sites:&lt;name&gt;:Postgres</c>. What is left out is read from Builder's own <c>config.toml</c>.</summary>
public sealed class PostgresOptions
{
    /// <summary>Host name, address, or the folder of a Unix socket. Default: <c>[datastore] host</c>.</summary>
    public string? Host { get; init; }

    /// <summary>TCP port. Default: <c>[datastore] port</c>, else 5432.</summary>
    [Range(1, 65535)]
    public int? Port { get; init; }

    /// <summary>Role. Default: <c>[datastore] user</c>, else <c>hab</c>.</summary>
    public string? Username { get; init; }

    /// <summary>Its password. Default: <c>[datastore] password</c>.</summary>
    public string? Password { get; init; }

    /// <summary>The role Builder itself connects as, which restored databases belong to. Default: the live database's owner, else <c>[datastore] user</c>.</summary>
    public string? Owner { get; init; }

    /// <summary>The one database to dump. Default: the one that Builder's own config.toml names where its server is found there too, else <c>builder</c>, or every <c>builder_*srv</c> on an installation from before the merges.</summary>
    public string? Database { get; init; }

    /// <summary>As libpq names it: <c>disable</c>, <c>prefer</c>, <c>require</c>, <c>verify-ca</c>, <c>verify-full</c>. Default: <c>[datastore] ssl_mode</c>, else <c>prefer</c>.</summary>
    public string? SslMode { get; init; }

    /// <summary>With <c>verify-ca</c> and <c>verify-full</c>: file with the certificates that sign the server's. Default: none; tools on the Builder host (<c>ssh</c>) look there for <c>~/.postgresql/root.crt</c>.</summary>
    public string? SslRootCertificate { get; init; }

    /// <summary>Where pg_dump and pg_restore are: <c>path</c>, a folder on this machine, or <c>ssh</c>. Default: <c>path</c>.</summary>
    public string Tools { get; init; } = "path";

    /// <summary>With <c>ssh</c>: the words before the tool's name, such as <c>hab pkg exec core/postgresql17</c>. Default: none.</summary>
    public string? ToolsCommand { get; init; }
}
