using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.Sandbox.Builder;

/// <summary>What a Builder's configuration files say: where its database and its artifacts are.</summary>
public sealed record BuilderSettings
{
    /// <summary>The database server as the Builder host reaches it.</summary>
    public string PostgresHost { get; init; } = "127.0.0.1";

    /// <summary>Its port.</summary>
    public int PostgresPort { get; init; } = 5432;

    /// <summary>Its role.</summary>
    public string PostgresUser { get; init; } = "hab";

    /// <summary>The role's password.</summary>
    public string PostgresPassword { get; init; } = "";

    /// <summary>The object store's URL.</summary>
    public string S3Endpoint { get; init; } = "http://127.0.0.1:9000";

    /// <summary>The bucket with the artifacts.</summary>
    public string Bucket { get; init; } = "habitat-builder-artifact-store.local";

    /// <summary>The object store's key.</summary>
    public string S3AccessKey { get; init; } = "depot";

    /// <summary>Its secret.</summary>
    public string S3SecretKey { get; init; } = "";

    /// <summary>Builder's keys, oldest revision first.</summary>
    public IReadOnlyList<BuilderKey> Keys { get; init; } = DefaultKeys;

    /// <summary>Two revisions, as after a rotation; the generator's data names both.</summary>
    public static IReadOnlyList<BuilderKey> DefaultKeys { get; } = [new("20200825205529", 1), new("20240311094417", 2)];

    /// <summary>The settings of a Builder that uses these servers.</summary>
    public static BuilderSettings For(PostgresCluster? postgres, S3Server? s3, string bucket)
    {
        var settings = new BuilderSettings { Bucket = bucket };
        if (postgres is not null)
        {
            settings = settings with { PostgresHost = postgres.Host, PostgresPort = postgres.Port, PostgresUser = postgres.Username, PostgresPassword = postgres.Password };
        }

        return s3 is null ? settings : settings with { S3Endpoint = s3.Url, S3AccessKey = s3.AccessKey, S3SecretKey = s3.SecretKey };
    }
}
