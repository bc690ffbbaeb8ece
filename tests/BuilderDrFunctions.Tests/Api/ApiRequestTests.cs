using System.Text;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Backup;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace BuilderDrFunctions.Tests.Api;

public sealed class ApiRequestTests
{
    [Theory]
    [InlineData("{", 400, null)]
    [InlineData("[]", 400, null)]
    [InlineData("null", 400, null)]
    [InlineData("\"x\"", 400, null)]
    [InlineData("{\"sight\":\"main\"}", 400, "sight")]
    [InlineData("{\"Site\":\"main\"}", 400, "Site")]
    [InlineData("{\"site\":1}", 400, "site")]
    [InlineData("{\"quiesce\":\"later\"}", 400, "quiesce")]
    [InlineData("{\"quiesce\":1}", 400, "quiesce")]
    [InlineData("{\"site\":\"a\",\"site\":\"b\"}", 400, "site")]
    [InlineData("{\"site\":\"a\"} trailing", 400, null)]
    [InlineData("{\"label\":\"\\ud800\"}", 400, "label")]
    [InlineData("\u0000", 400, null)]
    public async Task Refuses_what_it_does_not_understand_and_names_the_field(string body, int status, string? field)
    {
        var fault = await Assert.ThrowsAsync<RequestFaultException>(() => ReadAsync(body));

        Assert.Equal((status, "DR1001"), (fault.Status, fault.Code));
        Assert.Equal(field, fault.Field);
        if (field is not null)
        {
            Assert.Contains($"'{field}'", fault.What, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Refuses_other_media_types() =>
        AssertIs(415, "DR1002", await Assert.ThrowsAsync<RequestFaultException>(() => ReadAsync("site=main", "application/x-www-form-urlencoded")));

    [Fact]
    public async Task Refuses_bodies_beyond_the_limit() =>
        AssertIs(413, "DR1003", await Assert.ThrowsAsync<RequestFaultException>(() => ReadAsync("{\"label\":\"" + new string('a', 70_000) + "\"}")));

    [Fact]
    public async Task A_body_that_is_cut_off_is_told_as_one()
    {
        var request = Asked.With();
        request.Body = new CutOff();

        var fault = await Assert.ThrowsAsync<RequestFaultException>(() => ApiRequest.ReadAsync<BackupRequest>(request, TestContext.Current.CancellationToken));

        AssertIs(408, "DR1001", fault);
        Assert.Equal("the request body cannot be read: Unexpected end of request content", fault.What);
    }

    [Fact]
    public async Task Takes_an_empty_body_for_the_defaults() => Assert.Equal(new BackupRequest(), await ReadAsync("", null));

    [Fact]
    public async Task Reads_every_documented_field() =>
        Assert.Equal(
            new BackupRequest { Site = "main", Label = "before-upgrade", Quiesce = QuiesceMode.None },
            await ReadAsync("""{"site":"main","label":"before-upgrade","quiesce":"none"}"""));

    private static void AssertIs(int status, string code, RequestFaultException fault) => Assert.Equal((status, code), (fault.Status, fault.Code));

    private static Task<BackupRequest> ReadAsync(string body, string? contentType = "application/json")
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        request.ContentType = contentType;
        return ApiRequest.ReadAsync<BackupRequest>(request, TestContext.Current.CancellationToken);
    }

    private sealed class CutOff : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new BadHttpRequestException("Unexpected end of request content.", StatusCodes.Status408RequestTimeout);
    }
}
