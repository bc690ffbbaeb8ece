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

    /// <summary>Where pg_restore is: <c>path</c>, or a folder on this machine. Default: <c>path</c>.</summary>
    public string Tools { get; init; } = "path";
}

/// <summary>Checks the ranges at start.</summary>
[OptionsValidator]
internal sealed partial class DrillOptionsValidator : IValidateOptions<DrillOptions>;
