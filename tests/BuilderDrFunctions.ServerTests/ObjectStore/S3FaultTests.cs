using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sandbox.FaultyS3;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.ObjectStore;

/// <summary>The S3 client against an endpoint that fails on request.</summary>
public sealed class S3FaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(S3Fault.Error500)]
    [InlineData(S3Fault.Busy503)]
    [InlineData(S3Fault.Truncated)]
    [InlineData(S3Fault.Cut)]
    [InlineData(S3Fault.Silence)]
    public async Task Reads_every_byte_although_requests_fail(S3Fault kind)
    {
        var objects = new GeneratedBucket(40, static number => number * 5000);
        await using var server = await FaultyS3Server.StartNewAsync(objects, certificate: null, Cancellation);
        server.Faults = new FaultPlan(kind == S3Fault.Silence ? 0.1 : 0.4, seed: 7, kind);
        var store = Open(server, retries: 15);
        await Parallel.ForEachAsync(Enumerable.Range(0, objects.Count), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, async (number, token) =>
        {
            await using var body = await store.OpenReadAsync(GeneratedBucket.KeyOf(number), objects.ETagOf(number), 0, token);
            using var content = new MemoryStream();
            await body!.Content.CopyToAsync(content, token);
            Assert.Equal(objects.ContentOf(number), content.ToArray());
        });
        Assert.NotEqual(0, server.Faults.Drawn);
    }

    [Fact]
    public async Task Lists_everything_although_pages_fail()
    {
        var objects = new GeneratedBucket(20_500, static number => number);
        await using var server = await FaultyS3Server.StartNewAsync(objects, certificate: null, Cancellation);
        server.Faults = new FaultPlan(0.3, seed: 3, S3Fault.Error500, S3Fault.Busy503, S3Fault.Truncated, S3Fault.Cut);
        var keys = await Open(server, retries: 15).ListAsync("", null, Cancellation).Select(entry => entry.Key).ToListAsync(Cancellation);
        Assert.Equal(Enumerable.Range(0, objects.Count).Select(GeneratedBucket.KeyOf), keys, StringComparer.Ordinal);
        Assert.NotEqual(0, server.Faults.Drawn);
    }

    [Theory]
    [InlineData(S3Fault.Error500, "DR4011")]
    [InlineData(S3Fault.Busy503, "DR4007")]
    [InlineData(S3Fault.Cut, "DR4003")]
    [InlineData(S3Fault.WrongETag, "DR4018")]
    [InlineData(S3Fault.Silence, "DR4014")]
    [InlineData(S3Fault.Truncated, "DR4013")]
    public async Task Gives_up_after_some_attempts_and_says_why(S3Fault kind, string code)
    {
        await using var server = await FaultyS3Server.StartNewAsync(new GeneratedBucket(1, static _ => 4), certificate: null, Cancellation);
        server.Faults = new FaultPlan(1, seed: 1, kind);
        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => ReadAsync(Open(server, retries: 1), server.Objects.ETagOf(0)));
        Assert.Equal(code, fault.Code);
    }

    [Theory]
    [InlineData("SlowDownRead", "Resource requested is unreadable, please reduce your request rate")]
    [InlineData("SlowDown", "Resource requested is unreadable, please reduce your request rate")]
    [InlineData("SlowDown", "Please reduce your request")]
    [InlineData("XMinioReadQuorum", "Multiple disk failures, unable to reconstruct data.")]
    public async Task Waits_for_no_minute_for_an_object_that_MinIO_cannot_read(string code, string message)
    {
        await using var server = await FaultyS3Server.StartNewAsync(new GeneratedBucket(1, static _ => 4), certificate: null, Cancellation);
        server.Unreadable[0] = (code, message);
        var begin = TimeProvider.System.GetTimestamp();
        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => ReadAsync(Open(server, retries: 2), server.Objects.ETagOf(0)));
        Assert.True(ObjectStoreFaults.IsAboutOneObject(fault), fault.Message);
        Assert.Contains(code, fault.Message, StringComparison.Ordinal);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Tells_an_object_that_changed_while_it_was_read()
    {
        var objects = new GeneratedBucket(1, static _ => 1_000_000);
        await using var server = await FaultyS3Server.StartNewAsync(objects, certificate: null, Cancellation);
        server.Faults = new FaultPlan(1, seed: 1, S3Fault.Truncated);
        await using var body = await Open(server, retries: 3).OpenReadAsync(GeneratedBucket.KeyOf(0), objects.ETagOf(0), 0, Cancellation);
        objects.Overwrite(0);
        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => body!.Content.CopyToAsync(Stream.Null, Cancellation));
        Assert.Equal("DR4012", fault.Code);
        Assert.Contains(GeneratedBucket.KeyOf(0), fault.What, StringComparison.Ordinal);
    }

    // As AWS answers, and MinIO with a region set; Ceph's gateway takes any region.
    [Theory]
    [InlineData(400, "AuthorizationHeaderMalformed", false)]
    [InlineData(301, "PermanentRedirect", true)]
    [InlineData(307, "TemporaryRedirect", true)]
    public async Task Tells_where_a_bucket_of_another_region_is(int status, string code, bool inHeader)
    {
        await using var server = await FaultyS3Server.StartNewAsync(new GeneratedBucket(1, static _ => 4), certificate: null, Cancellation);
        server.Refusal = new S3Refusal(status, code, "eu-central-1", inHeader);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Open(server, retries: 1).CheckAsync(Cancellation));

        Assert.Equal("DR4008", fault.Code);
        Assert.Contains("is not in region 'us-east-1' but in 'eu-central-1'", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trusts_a_certificate_of_the_operators_authority_and_no_other()
    {
        using var folder = new TemporaryFolder("ca");
        using var authority = Certificate("CN=authority", issuer: null);
        using var certificate = Certificate("CN=127.0.0.1", authority);
        using var stranger = Certificate("CN=stranger", issuer: null);
        await File.WriteAllTextAsync(folder["right.pem"], authority.ExportCertificatePem(), Cancellation);
        await File.WriteAllTextAsync(folder["wrong.pem"], stranger.ExportCertificatePem(), Cancellation);
        await File.WriteAllTextAsync(folder["empty.pem"], "", Cancellation);
        await using var server = await FaultyS3Server.StartNewAsync(new GeneratedBucket(1, static _ => 10), certificate, Cancellation);

        await Open(server, retries: 0, caFile: folder["right.pem"]).CheckAsync(Cancellation);
        foreach (var (caFile, code) in new[] { (null, "DR4009"), (folder["wrong.pem"], "DR4009"), (folder["empty.pem"], "DR4010"), (folder["absent.pem"], "DR4010") })
        {
            Assert.Equal(code, (await Assert.ThrowsAsync<PermanentFaultException>(async () => await Open(server, retries: 0, caFile).CheckAsync(Cancellation))).Code);
        }
    }

    private static S3ObjectStore Open(FaultyS3Server server, int retries, string? caFile = null)
        => new(
            new ArtifactsOptions
            {
                Endpoint = server.Url,
                Bucket = FaultyS3Server.Bucket,
                AccessKey = "key",
                SecretKey = "secret",
                SilenceSeconds = 1,
                RetryAttempts = retries,
                RetryMilliseconds = 1,
                CaFile = caFile,
            },
            TimeProvider.System);

    private static async Task ReadAsync(S3ObjectStore store, string eTag)
    {
        await using var body = await store.OpenReadAsync(GeneratedBucket.KeyOf(0), eTag, 0, Cancellation);
        await body!.Content.CopyToAsync(Stream.Null, Cancellation);
    }

    private static X509Certificate2 Certificate(string subject, X509Certificate2? issuer)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: issuer is null, hasPathLengthConstraint: false, 0, critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var (from, until) = (DateTimeOffset.UtcNow.AddDays(-1), issuer?.NotAfter ?? DateTime.UtcNow.AddDays(1));
        if (issuer is null)
        {
            return request.CreateSelfSigned(from, new DateTimeOffset(until));
        }

        using var signed = request.Create(issuer, from, new DateTimeOffset(until), RandomNumberGenerator.GetBytes(8));
        using var withKey = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), password: null);
    }
}
