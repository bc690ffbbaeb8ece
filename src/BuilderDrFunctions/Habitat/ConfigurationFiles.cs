namespace BuilderDrFunctions.Habitat;

/// <summary>What a Builder needs besides its database and its objects.</summary>
internal static class ConfigurationFiles
{
    /// <summary>Every revision of the keys that origin secrets and tokens in the database are encrypted with.</summary>
    internal static IEnumerable<string> KeyPatterns(ServiceOptions options) =>
        from folder in (string[])["svc/builder-api/files", "cache/keys"]
        from kind in (string[])["pub", "box.key"]
        select $"{Root(options)}/{folder}/bldr-*.{kind}";

    /// <summary>What the installer and hand made changes leave on the host, in today's and older places.</summary>
    internal static IEnumerable<string> OtherPatterns(ServiceOptions options) =>
    [
        .. from path in (string[])
            [
                "user/builder-*/config/user.toml",
                "svc/builder-*/user.toml",
                "svc/builder-api/config/config.toml",
                "svc/builder-datastore/config/pwfile",
                "svc/builder-api-proxy/files/ssl-certificate.*",
                "sup/default/CTL_SECRET",
                "sup/default/specs/*.spec",
                "bldr.env",
            ]
            select $"{Root(options)}/{path}",
        "/etc/systemd/system/hab-sup*.service",
        "/root/on-prem-builder/bldr.env",
        "/home/*/on-prem-builder/bldr.env",
        "/opt/on-prem-builder/bldr.env",
        .. options.ExtraFiles,
    ];

    /// <summary>Whether a path is that of a Builder key, by its name.</summary>
    internal static bool IsKey(string path)
    {
        var name = Path.GetFileName(path);
        return name.StartsWith("bldr-", StringComparison.Ordinal)
            && (name.EndsWith(".pub", StringComparison.Ordinal) || name.EndsWith(".box.key", StringComparison.Ordinal));
    }

    /// <summary>Whether a file is of the one machine it was saved from: passwords that its installer made up, the supervisor's secret and what it runs.
    /// On another machine, or later on the same one, these would shut Builder out of its own database or stop its services.</summary>
    internal static bool IsOfItsMachine(string path) =>
        Path.GetFileName(path) is "config.toml" or "pwfile" or "CTL_SECRET" or "bldr.env" || Path.GetExtension(path) is ".spec" or ".service";

    /// <summary>Where a file belongs on a host whose Habitat lies elsewhere than it did on the one it was saved from.</summary>
    internal static string Moved(string path, string fromRoot, string toRoot)
    {
        var from = fromRoot.TrimEnd('/') + "/";
        return path.StartsWith(from, StringComparison.Ordinal) ? $"{toRoot.TrimEnd('/')}/{path[from.Length..]}" : path;
    }

    private static string Root(ServiceOptions options) => options.HabRoot.TrimEnd('/');
}
