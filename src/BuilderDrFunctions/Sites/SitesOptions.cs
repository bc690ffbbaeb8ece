using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Sites;

/// <summary>All sites by name: section <c>Sites</c>.</summary>
public sealed class SitesOptions : Dictionary<string, SiteOptions>
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Sites";

    /// <summary>Names are compared as configuration keys are: without regard to case; they are written in lower case.</summary>
    public SitesOptions()
        : base(StringComparer.OrdinalIgnoreCase)
    {
    }
}

/// <summary>Refuses settings that no backup could be taken with, all problems together, before the app serves.</summary>
public sealed partial class SitesOptionsValidator : IValidateOptions<SitesOptions>
{
    /// <summary>Whether a site may be called so.</summary>
    public static bool IsName(string text) => SiteName().IsMatch(text);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SitesOptions options)
    {
        var problems = new List<string>();
        if (options.Count == 0)
        {
            problems.Add("DR1032: no site is configured.\nHINT: set Sites__<name>__Service__Control to ssh, with Sites__<name>__Service__Host, PrivateKeyFile and HostKeyFingerprint, or Sites__<name>__Postgres__… and Sites__<name>__Artifacts__…; see README.md");
        }

        problems.AddRange(options.Keys.Where(key => !IsName(key)).Select(key =>
            $"DR1033: '{key}' cannot be the name of a site.\nHINT: use up to 40 lower-case letters, digits and hyphens, and no hyphen first"));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,39}\z", RegexOptions.None, 1000)]
    private static partial Regex SiteName();
}
