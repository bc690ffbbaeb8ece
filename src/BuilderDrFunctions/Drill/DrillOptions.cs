using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Drill;

/// <summary>How restores are rehearsed: section <c>Drill</c>.</summary>
public sealed class DrillOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Drill";

    /// <summary>The server to restore to. Default: the site's own, beside its databases.</summary>
    [ValidateObjectMembers]
    public DrillServerOptions Server { get; init; } = new();

    /// <summary>Artifacts fetched and held against the restored database's checksums, chosen at random. Default: 200.</summary>
    [Range(0, 100_000)]
    public int SampleArtifacts { get; init; } = 200;

    /// <summary>The one site to rehearse. Default: empty, which means every site.</summary>
    public string Site { get; init; } = "";
}

/// <summary>A PostgreSQL server for drills: section <c>Drill:Server</c>. Without a host, the site's own is used.</summary>
public sealed class DrillServerOptions
{
    /// <summary>Host name, address, or the folder of a Unix socket.</summary>
    public string? Host { get; init; }

    /// <summary>TCP port. Default: 5432.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 5432;

    /// <summary>Role, which may create databases. Default: <c>hab</c>.</summary>
    public string Username { get; init; } = "hab";

    /// <summary>Its password.</summary>
    public string Password { get; init; } = "";

    /// <summary>As libpq names it. Default: <c>prefer</c>.</summary>
    public string SslMode { get; init; } = "prefer";

    /// <summary>With <c>verify-ca</c> and <c>verify-full</c>: file with the certificates that sign the server's. Default: none; tools on the Builder host (<c>ssh</c>) look there for <c>~/.postgresql/root.crt</c>.</summary>
    public string? SslRootCertificate { get; init; }

    /// <summary>Where pg_restore is: <c>path</c>, a folder on this machine, or <c>ssh</c>: on the site's Builder host, which must reach this server. Default: <c>path</c>.</summary>
    public string Tools { get; init; } = "path";

    /// <summary>With <c>ssh</c>: the words before the tool's name, such as <c>hab pkg exec core/postgresql17</c>. Default: none.</summary>
    public string? ToolsCommand { get; init; }
}

/// <summary>Checks the ranges at start.</summary>
[OptionsValidator]
internal sealed partial class DrillOptionsValidator : IValidateOptions<DrillOptions>;
