using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BuilderDrFunctions.Sandbox.Builder;

/// <summary>Writes what lies below <c>/hab</c> on a Builder host: configuration, keys, certificates, the supervisor's own files.</summary>
internal static class BuilderTree
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static void Write(string root, BuilderSettings settings, int apiPort)
    {
        foreach (var key in settings.Keys)
        {
            foreach (var folder in new[] { "svc/builder-api/files", "cache/keys" })
            {
                File(root, $"{folder}/{key.Name}.pub", key.PublicFile, Readable);
                File(root, $"{folder}/{key.Name}.box.key", key.SecretFile, OwnerOnly);
            }
        }

        var (certificate, certificateKey) = Certificate();
        File(root, "svc/builder-api-proxy/files/ssl-certificate.crt", certificate, Readable);
        File(root, "svc/builder-api-proxy/files/ssl-certificate.key", certificateKey, OwnerOnly);
        File(root, "svc/builder-api/config/config.toml", ApiConfiguration(settings, apiPort), OwnerOnly);
        File(root, "svc/builder-datastore/config/pwfile", settings.PostgresPassword + "\n", OwnerOnly);
        File(root, "user/builder-api/config/user.toml", ApiUserToml(settings), OwnerOnly);
        File(root, "user/builder-api-proxy/config/user.toml", ProxyUserToml, OwnerOnly);
        File(root, "user/builder-datastore/config/user.toml", "max_locks_per_transaction = 128\n\n[superuser]\nname = 'hab'\npassword = 'hab'\n", OwnerOnly);
        File(root, "user/builder-minio/config/user.toml", MinioUserToml(settings), OwnerOnly);
        File(root, "sup/default/CTL_SECRET", Convert.ToBase64String(RandomNumberGenerator.GetBytes(64)), OwnerOnly);
        File(root, "sup/default/specs/builder-api.spec", ApiSpec, Readable);
        File(root, "bldr.env", InstallerEnvironment(settings), OwnerOnly);
    }

    private static void File(string root, string path, string content, UnixFileMode mode)
    {
        var full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        System.IO.File.WriteAllText(full, content);
        System.IO.File.SetUnixFileMode(full, mode);
    }

    private static (string Certificate, string Key) Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=builder.example", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2036, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static string ApiConfiguration(BuilderSettings settings, int apiPort) => $"""
        [api]
        data_path = "/hab/svc/builder-api/data"
        log_path = "/hab/svc/builder-api/var"
        key_path = "/hab/svc/builder-api/files"
        build_targets = ["x86_64-linux"]
        features_enabled = ""
        targets = ["x86_64-linux", "x86_64-linux-kernel2", "x86_64-windows"]

        [http]
        handler_count = 10
        keep_alive = 60
        listen = "127.0.0.1"
        port = {apiPort}

        [oauth]
        client_id = "builder-sandbox"
        client_secret = "not-a-secret"
        provider = "github"

        {S3Table(settings)}
        [ui]
        root = "/hab/svc/builder-api/static"

        [memcache]
        ttl = 15

        [[memcache.hosts]]
        host = "127.0.0.1"
        port = 11211

        {DatastoreTable(settings)}
        """;

    private static string ApiUserToml(BuilderSettings settings) => $"""
        log_level="error,tokio_core=error,tokio_reactor=error,zmq=error,hyper=error"
        jobsrv_enabled = false

        [http]
        handler_count = 10

        [api]
        features_enabled = ""
        targets = ["x86_64-linux", "x86_64-linux-kernel2", "x86_64-windows"]

        {S3Table(settings)}
        {DatastoreTable(settings)}
        """;

    private static string S3Table(BuilderSettings settings) => $"""
        [s3]
        backend = "minio"
        bucket_name = "{settings.Bucket}"
        endpoint = "{settings.S3Endpoint}"
        key_id = "{settings.S3AccessKey}"
        secret_key = "{settings.S3SecretKey}"

        """;

    private static string DatastoreTable(BuilderSettings settings) => $"""
        [datastore]
        connection_timeout_sec = 5
        host = "{settings.PostgresHost}"
        password = "{settings.PostgresPassword}"
        port = {settings.PostgresPort}
        ssl_mode = "prefer"
        user = "{settings.PostgresUser}"

        """;

    private static string MinioUserToml(BuilderSettings settings) =>
        $"key_id = \"{settings.S3AccessKey}\"\nsecret_key = \"{settings.S3SecretKey}\"\nbucket_name = \"{settings.Bucket}\"\n";

    private static string InstallerEnvironment(BuilderSettings settings) => $"""
        #!/bin/bash
        export POSTGRES_HOST={settings.PostgresHost}
        export POSTGRES_PORT={settings.PostgresPort}
        export MINIO_ENDPOINT={settings.S3Endpoint}
        export MINIO_BUCKET={settings.Bucket}
        export MINIO_ACCESS_KEY={settings.S3AccessKey}
        export MINIO_SECRET_KEY={settings.S3SecretKey}
        export APP_SSL_ENABLED=true
        export APP_URL=https://builder.example/
        export OAUTH_PROVIDER=github

        """;

    private const string ProxyUserToml = """
        log_level="info"
        enable_builder = false
        app_url = "https://builder.example/"

        [server]
        listen_tls = true

        """;

    private const string ApiSpec = """
        ident = "habitat/builder-api"
        group = "default"
        bldr_url = "https://bldr.habitat.sh"
        channel = "on-prem-stable"
        topology = "standalone"
        update_strategy = "none"
        binds = ["memcached:builder-memcached.default"]
        desired_state = "up"

        """;
}
