using System.Net;
using System.Net.Http.Headers;
using BuilderDrFunctions.ObjectStore;
using Xunit;

namespace BuilderDrFunctions.Tests.ObjectStore;

public sealed class S3AddressTests
{
    [Theory]
    [InlineData("minio.example:9000", true, "a//b c+%2F/../é", "http://minio.example:9000/depot/a//b%20c%2B%252F/../%C3%A9")]
    [InlineData("https://s3.eu-central-1.amazonaws.com", false, "a/b", "https://depot.s3.eu-central-1.amazonaws.com/a/b")]
    [InlineData("https://minio.example", true, null, "https://minio.example/depot")]
    [InlineData("https://s3.eu-central-1.amazonaws.com", false, null, "https://depot.s3.eu-central-1.amazonaws.com/")]
    public void Encodes_a_key_once_and_normalises_nothing(string endpoint, bool pathStyle, string? key, string expected)
    {
        var address = new S3Address(new ArtifactsOptions { Endpoint = endpoint, Bucket = "depot", PathStyle = pathStyle });
        Assert.Equal(expected, address.UriOf(address.PathOf(key), "").OriginalString);
    }

    [Fact]
    public void Sorts_and_encodes_the_query_as_it_is_signed()
        => Assert.Equal(
            "list-type=2&prefix=a%2Fb&start-after=%20",
            S3Address.QueryOf([new("start-after", " "), new("prefix", "a/b"), new("list-type", "2")]));

    [Theory]
    [InlineData(7, 7)]
    [InlineData(100_000, 120)]
    [InlineData(0, null)]
    public void Waits_as_long_as_a_busy_server_asks_but_not_for_ever(int asked, int? waits)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(asked));
        Assert.Equal(waits, S3Answer.RetryAfter(response)?.TotalSeconds);
    }

    [Theory]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e", null, true)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e", "AES256", true)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e", "aws:kms", false)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e-3", null, false)]
    public void Knows_when_an_ETag_is_an_MD5(string eTag, string? encryption, bool isMd5)
    {
        using var response = new HttpResponseMessage();
        if (encryption is not null)
        {
            response.Headers.Add("x-amz-server-side-encryption", encryption);
        }

        Assert.Equal(isMd5, S3Answer.IsETagMd5(response, eTag));
    }
}
