using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Postgres;

/// <summary>A server whose certificate is verified: by the app's own driver and by the tools alike, and before anything is stopped.</summary>
public sealed class TlsTests(Servers servers) : IAsyncLifetime
{
    private const string Name = "datastore.builder.example";

    private readonly TemporaryFolder _folder = new("tls");
    private PostgresCluster _cluster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var authority = RSA.Create(2048);
        using var root = Authority("CN=Builder DR test authority", authority);
        await File.WriteAllTextAsync(_folder["root.crt"], root.ExportCertificatePem(), Cancellation);
        using var other = RSA.Create(2048);
        using var stranger = Authority("CN=Somebody else", other);
        await File.WriteAllTextAsync(_folder["other.crt"], stranger.ExportCertificatePem(), Cancellation);

        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(root, new DateTimeOffset(root.NotBefore), new DateTimeOffset(root.NotAfter), RandomNumberGenerator.GetBytes(8));

        _cluster = await Servers.StartOwnAsync(token => PostgresCluster.StartNewAsync(new PostgresClusterOptions(), token));
        await File.WriteAllTextAsync(Path.Combine(_cluster.DataFolder, "server.crt"), certificate.ExportCertificatePem(), Cancellation);
        var keyFile = Path.Combine(_cluster.DataFolder, "server.key");
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem(), Cancellation);

        // The server reads it as the folder's owner, and only if nobody else can.
        await Tool.RunAsync(new ServerCommand("chown", "chown", "--reference", _cluster.DataFolder, keyFile), Cancellation);
        await Tool.RunAsync(new ServerCommand("chmod", "chmod", "600", keyFile), Cancellation);
        await _cluster.ExecuteAsync("postgres", "ALTER SYSTEM SET ssl = on", Cancellation);
        await _cluster.RestartAsync(immediate: false, Cancellation);
        await _cluster.CreateDatabaseAsync("builder", Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("verify-ca", null)]
    [InlineData("verify-full", Name)]
    public async Task A_certificate_of_the_configured_authority_is_accepted_by_driver_and_tools_through_a_tunnel_too(string mode, string? name)
    {
        var server = new PostgresServer(Endpoint(mode, _folder["root.crt"], name), host: null);

        await server.CheckDumpableAsync("builder", Cancellation);

        using var stored = new MemoryStream();
        await server.DumpAsync(new DumpRequest("builder"), stored, progress: null, Cancellation);
        stored.Position = 0;
        Assert.Equal(0, (await server.ListArchiveAsync(stored, DumpCompression.Zstd, Cancellation)).Tables);
    }

    [Theory]
    [InlineData("verify-ca", "other.crt", null)]
    [InlineData("verify-full", "root.crt", null)]
    [InlineData("verify-full", "root.crt", "other.builder.example")]
    public async Task Another_authority_or_another_name_is_refused(string mode, string root, string? name)
    {
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => new PostgresServer(Endpoint(mode, _folder[root], name), host: null).ProbeAsync(Cancellation));

        Assert.Equal("DR3003", fault.Code);
    }

    [Fact]
    public async Task Tools_that_do_not_know_the_authority_are_found_out_by_the_check()
    {
        await using var host = (await servers.SshAsync()).Connect();
        var server = new PostgresServer(Endpoint("verify-ca", _folder["root.crt"], name: null, "ssh", $"env HOME={_folder.FullPath} PATH={_cluster.ToolsFolder}"), host);
        await server.ProbeAsync(Cancellation);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => server.CheckDumpableAsync("builder", Cancellation));

        Assert.Equal("DR3003", fault.Code);
        Assert.Contains("root certificate file", fault.What, StringComparison.Ordinal);
    }

    private static X509Certificate2 Authority(string name, RSA key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private PostgresEndpoint Endpoint(string mode, string root, string? name, string? tools = null, string? command = null) => new()
    {
        Host = IPAddress.Loopback.ToString(),
        Port = _cluster.Port,
        ServerName = name,
        Username = _cluster.Username,
        Password = _cluster.Password,
        SslMode = mode,
        SslRootCertificate = root,
        Tools = tools ?? _cluster.ToolsFolder,
        ToolsCommand = command,
    };
}
