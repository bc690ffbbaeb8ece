using System.Text;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.ObjectStore;
using Xunit;

namespace BuilderDrFunctions.Tests.ObjectStore;

public sealed class S3ListPageTests
{
    private const string One =
        "<Contents><Key>a%2Fb+c</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;0cc1&quot;</ETag><Size>7</Size><Owner><ID>x</ID></Owner></Contents>";

    [Theory]
    [InlineData("xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"")]
    [InlineData("xmlns=\"http://another.example/\"")]
    [InlineData("")]
    public void Reads_a_page_whatever_its_namespace(string space)
    {
        var page = Read($"<?xml version=\"1.0\"?><ListBucketResult {space}><Name>b</Name><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>"
            + $"<NextContinuationToken>t</NextContinuationToken><KeyCount>2</KeyCount>{One}<CommonPrefixes><Prefix>p%2F</Prefix></CommonPrefixes></ListBucketResult>");
        Assert.Equal([new ObjectEntry("a/b c", 7, "0cc1", new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero))], page.Objects);
        Assert.Equal(["p/"], page.Prefixes);
        Assert.Equal("t", page.Next);
    }

    [Theory]
    [InlineData("<html></html>")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("<ListBucketResult></ListBucketResult>")]
    [InlineData("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>")]
    [InlineData("<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>3</KeyCount></ListBucketResult>")]
    [InlineData("<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></ListBucketResult>")]
    [InlineData("<ListBucketResult><IsTruncated>false</IsTruncated>")]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"c\">]><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")]
    public void Takes_nothing_else_for_an_empty_bucket(string xml)
        => Assert.Equal("DR4015", Assert.Throws<PermanentFaultException>(() => Read(xml)).Code);

    private static S3ListPage Read(string xml) => S3ListPage.Read(new MemoryStream(Encoding.UTF8.GetBytes(xml)), "store");
}
