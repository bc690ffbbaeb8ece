namespace BuilderDrFunctions.Habitat;

/// <summary>A package by ident and target, and the key of its artifact.</summary>
/// <param name="Ident"><c>origin/name/version/release</c>.</param>
/// <param name="Target">Such as <c>x86_64-linux-kernel2</c>.</param>
/// <remarks>
/// Facts: <c>s3_key</c> in habitat-sh/builder, components/builder-api/src/server/services/s3.rs, and components/core/src/package/target.rs in
/// habitat-sh/habitat: the architecture ends at the first hyphen.
/// </remarks>
public sealed record PackageName(string Ident, string Target)
{
    /// <summary>Fourteen digits: when it was built.</summary>
    public string Release => Ident[(Ident.LastIndexOf('/') + 1)..];

    /// <summary>Where its artifact lies in the bucket.</summary>
    public string Key
    {
        get
        {
            var dash = Target.IndexOf('-', StringComparison.Ordinal);
            return $"{Ident}/{Target[..dash]}/{Target[(dash + 1)..]}/{Ident.Replace('/', '-')}-{Target}.hart";
        }
    }

    /// <summary>Reads an object's key; null when it is no artifact's.</summary>
    public static PackageName? TryParse(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var parts = key.Split('/');
        if (parts.Length != 7 || parts.Any(part => part.Length == 0))
        {
            return null;
        }

        var name = new PackageName(string.Join('/', parts[..4]), $"{parts[4]}-{parts[5]}");
        return string.Equals(name.Key, key, StringComparison.Ordinal) ? name : null;
    }
}
