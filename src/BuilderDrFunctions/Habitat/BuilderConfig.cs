namespace BuilderDrFunctions.Habitat;

/// <summary>What a Builder's own configuration says of its database and its bucket. Holds secrets: never serialized, never logged.</summary>
public sealed class BuilderConfig
{
    /// <summary>The table <c>[datastore]</c>.</summary>
    public required BuilderDatastore Datastore { get; init; }

    /// <summary>The table <c>[s3]</c>; null where there is none.</summary>
    public BuilderS3? S3 { get; init; }

    /// <summary>Reads <c>svc/builder-api/config/config.toml</c>; where it names no password, the older <c>svc/builder-datastore/config/pwfile</c>.</summary>
    /// <param name="host">The machine Builder runs on.</param>
    /// <param name="habRoot">Where Habitat lies there, <c>/hab</c>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="Faults.PermanentFaultException">The file is absent, unreadable or malformed; its text is never shown.</exception>
    public static async Task<BuilderConfig> ReadAsync(IBuilderHost host, string habRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(host);
        var path = $"{habRoot.TrimEnd('/')}/svc/builder-api/config/config.toml";
        var content = await host.ReadFileAsync(path, cancellationToken) ?? throw HabitatFaults.ConfigMissing(host.Description, path);
        return await BuilderConfigToml.ParseAsync(content, path, host, async () =>
        {
            var older = await host.ReadFileAsync($"{habRoot.TrimEnd('/')}/svc/builder-datastore/config/pwfile", cancellationToken);
            return older is null ? null : System.Text.Encoding.UTF8.GetString(older).Trim();
        });
    }
}

/// <summary>How builder-api reaches PostgreSQL. Holds a password.</summary>
public sealed class BuilderDatastore
{
    /// <summary>As the Builder host reaches it.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port.</summary>
    public required int Port { get; init; }

    /// <summary>Role.</summary>
    public required string User { get; init; }

    /// <summary>Its password.</summary>
    public required string Password { get; init; }

    /// <summary>The database; null where the file names none.</summary>
    public string? Database { get; init; }

    /// <summary><c>disable</c>, <c>prefer</c>, <c>require</c>, <c>verify-ca</c>, <c>verify-full</c>; null where the file names none.</summary>
    public string? SslMode { get; init; }
}

/// <summary>How builder-api reaches its artifacts. Holds a secret key.</summary>
public sealed class BuilderS3
{
    /// <summary><c>minio</c> or <c>aws</c>.</summary>
    public required string Backend { get; init; }

    /// <summary>The endpoint's URL, as the Builder host reaches it; null with <c>aws</c>.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The region; null with <c>minio</c>. Builder keeps it in the field <c>endpoint</c>.</summary>
    public string? Region { get; init; }

    /// <summary>The bucket.</summary>
    public required string Bucket { get; init; }

    /// <summary>The access key's id.</summary>
    public required string KeyId { get; init; }

    /// <summary>The access key's secret.</summary>
    public required string SecretKey { get; init; }
}
