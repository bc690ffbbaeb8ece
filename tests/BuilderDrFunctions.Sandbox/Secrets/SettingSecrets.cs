namespace BuilderDrFunctions.Sandbox.Secrets;

/// <summary>The secrets among an app's settings.</summary>
public static class SettingSecrets
{
    private static readonly string[] Endings = ["Password", "SecretKey", "AccountKey", "PrivateKey", "Encryption__Key", "Token", "Secret", "ConnectionString"];

    /// <summary>Told by the names of the settings: values, what connection strings and addresses carry, and the content of key files.</summary>
    public static IEnumerable<Secret> Of(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        foreach (var (name, value) in settings)
        {
            if (value is null)
            {
                continue;
            }

            if (Endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            {
                yield return new Secret(name, value);
            }

            if (name.EndsWith("PrivateKeyFile", StringComparison.OrdinalIgnoreCase) && File.Exists(value))
            {
                foreach (var secret in Secret.OfKeyFile(value))
                {
                    yield return secret with { Name = $"{name} ({secret.Name})" };
                }
            }

            if (name.StartsWith("Notifications__", StringComparison.OrdinalIgnoreCase) && name.EndsWith("__Url", StringComparison.OrdinalIgnoreCase))
            {
                // A webhook's path is its secret.
                yield return new Secret(name, new Uri(value).PathAndQuery);
            }

            foreach (var part in value.Split(';', '?', '&'))
            {
                if (part.StartsWith("AccountKey=", StringComparison.Ordinal) || part.StartsWith("sig=", StringComparison.Ordinal))
                {
                    yield return new Secret(name, part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..]);
                }
            }
        }
    }
}
