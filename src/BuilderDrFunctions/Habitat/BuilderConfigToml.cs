using System.Text;
using Tomlyn;
using Tomlyn.Model;

namespace BuilderDrFunctions.Habitat;

/// <summary>Picks the two tables out of builder-api's <c>config.toml</c>.</summary>
internal static class BuilderConfigToml
{
    private const long DefaultPort = 5432;

    internal static async Task<BuilderConfig> ParseAsync(byte[] content, string path, IBuilderHost host, Func<Task<string?>> olderPassword)
    {
        var document = Parse(content) ?? throw HabitatFaults.ConfigMalformed(host.Description, path, "it is no TOML");
        var datastore = Table("datastore") ?? throw HabitatFaults.ConfigMalformed(host.Description, path, "it has no table [datastore]");
        return new BuilderConfig
        {
            Datastore = new BuilderDatastore
            {
                Host = Required(datastore, "datastore", "host"),
                Port = (int)(Value<long?>(datastore, "port") ?? DefaultPort),
                User = Required(datastore, "datastore", "user"),
                Password = Value<string>(datastore, "password") is { Length: > 0 } password
                    ? password
                    : await olderPassword() ?? throw HabitatFaults.ConfigMalformed(host.Description, path, "[datastore] has no password, and there is no pwfile"),
                Database = Value<string>(datastore, "database"),
                SslMode = Value<string>(datastore, "ssl_mode")?.Replace('_', '-').ToLowerInvariant(),
            },
            S3 = Table("s3") is { } s3 ? S3(s3) : null,
        };

        TomlTable? Table(string name) => document.TryGetValue(name, out var value) ? value as TomlTable : null;

        BuilderS3 S3(TomlTable table)
        {
            var backend = Value<string>(table, "backend") ?? "minio";
            var endpoint = Required(table, "s3", "endpoint");
            return new BuilderS3
            {
                Backend = backend,
                Endpoint = backend is "aws" ? null : endpoint,
                Region = backend is "aws" ? endpoint : null,
                Bucket = Required(table, "s3", "bucket_name"),
                KeyId = Required(table, "s3", "key_id"),
                SecretKey = Required(table, "s3", "secret_key"),
            };
        }

        string Required(TomlTable table, string name, string key) =>
            Value<string>(table, key) is { Length: > 0 } value ? value : throw HabitatFaults.ConfigMalformed(host.Description, path, $"[{name}] has no text '{key}'");
    }

    private static T? Value<T>(TomlTable table, string key) => table.TryGetValue(key, out var value) && value is T right ? right : default;

    private static TomlTable? Parse(byte[] content)
    {
        try
        {
            return TomlSerializer.Deserialize<TomlTable>(Encoding.UTF8.GetString(content));
        }
        catch (TomlException)
        {
            // Its text may quote the line.
            return null;
        }
    }
}
