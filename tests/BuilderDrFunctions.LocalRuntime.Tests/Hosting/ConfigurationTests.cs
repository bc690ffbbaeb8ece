using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BuilderDrFunctions.LocalRuntime.Hosting;
using BuilderDrFunctions.LocalRuntime.Tests.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace BuilderDrFunctions.LocalRuntime.Tests.Hosting;

/// <summary>Section 6 of the contract: host.json, app settings, addresses.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public async Task The_hub_of_host_json_is_in_the_addresses_and_a_setting_overrides_it()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        Assert.Contains("taskHub=BuilderDr&", await StatusUriAsync(runtime), StringComparison.Ordinal);
        await using var other = await RuntimeUnderTest.StartAsync(
            [typeof(SampleFunctions)], settings: new Dictionary<string, string>(StringComparer.Ordinal) { ["AzureFunctionsJobHost:extensions:durableTask:hubName"] = "OtherHub" });
        Assert.Contains("taskHub=OtherHub&", await StatusUriAsync(other), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forwarded_hosts_count_only_when_asked_for()
    {
        await using var plain = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)]);
        Assert.StartsWith("http://127.0.0.1:", await StatusUriAsync(plain, forwarded: true), StringComparison.Ordinal);
        await using var behindProxy = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], settings: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AzureFunctionsJobHost:extensions:durableTask:httpSettings:useForwardedHost"] = "true",
        });
        Assert.StartsWith("https://dr.example.org/", await StatusUriAsync(behindProxy, forwarded: true), StringComparison.Ordinal);
        Assert.StartsWith("http://127.0.0.1:", await StatusUriAsync(behindProxy), StringComparison.Ordinal);
    }

    [Fact]
    public void Local_settings_are_read_as_the_tools_read_them()
    {
        using var folder = new StateFolder();
        var file = Path.Combine(folder.Path, "local.settings.json");
        Assert.Empty(RuntimeConfiguration.LocalSettings(file));
        File.WriteAllText(file, """{ "IsEncrypted": false, /* a comment */ "Values": { "Vault__Url": "file:///sets", "Flag": true, } }""");
        var values = RuntimeConfiguration.LocalSettings(file).ToDictionary(StringComparer.OrdinalIgnoreCase);
        Assert.Equal(("file:///sets", "True"), (values["Vault:Url"], values["Flag"]));
    }

    [Fact]
    public void Without_a_word_it_listens_on_loopback_port_7071()
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        Assert.Equal("http://127.0.0.1:7071", builder.Configuration["urls"]);
        var told = FunctionsApplication.CreateBuilder(["--Kestrel:Endpoints:Main:Url=http://127.0.0.1:8080"]);
        Assert.Null(told.Configuration["urls"]);
    }

    [Fact]
    public async Task TLS_is_served_by_Kestrels_own_settings()
    {
        using var folder = new StateFolder();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (pem, pemKey) = (Path.Combine(folder.Path, "tls.crt"), Path.Combine(folder.Path, "tls.key"));
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(pemKey, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], settings: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Kestrel:Endpoints:Tls:Url"] = "https://127.0.0.1:0",
            ["Kestrel:Endpoints:Tls:Certificate:Path"] = pem,
            ["Kestrel:Endpoints:Tls:Certificate:KeyPath"] = pemKey,
        });
        Assert.Equal("https", runtime.Http.BaseAddress!.Scheme);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(certificate);
        using var client = new HttpClient(handler);
        using var reply = await client.GetAsync(new Uri(runtime.Http.BaseAddress, "/api/Anonymous"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Fact]
    public async Task The_apps_own_JSON_settings_leave_the_management_API_alone()
    {
        await using var runtime = await RuntimeUnderTest.StartAsync([typeof(SampleFunctions)], builder =>
            builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.KebabCaseUpper));
        using var reply = await runtime.PostAsync("/runtime/webhooks/durabletask/orchestrators/Nobody", runtime.DurableKey);
        Assert.NotNull((await RuntimeUnderTest.ReadJsonAsync(reply))["Message"]);
    }

    private static async Task<string> StatusUriAsync(RuntimeUnderTest runtime, bool forwarded = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/runtime/webhooks/durabletask/orchestrators/Greet?code={runtime.DurableKey}");
        if (forwarded)
        {
            request.Headers.Add("X-Forwarded-Host", "dr.example.org");
            request.Headers.Add("X-Forwarded-Proto", "https");
        }

        using var reply = await runtime.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(StatusCodes.Status202Accepted, (int)reply.StatusCode);
        return reply.Headers.Location!.ToString();
    }
}
