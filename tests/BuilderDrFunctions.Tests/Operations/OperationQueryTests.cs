using System.Text.Json;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Operations;
using BuilderDrFunctions.Tests.Api;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace BuilderDrFunctions.Tests.Operations;

public sealed class OperationQueryTests
{
    [Theory]
    [InlineData("dr-main")]
    [InlineData("1!8!ZHItbWFpbg==")]
    [InlineData("{\"page\":2}/ü")]
    public void Takes_back_the_continuation_it_gave_whatever_the_stores_own_looks_like(string token) =>
        Assert.Equal(token, OperationQuery.Read(Asking($"?continuation={Uri.EscapeDataString(OperationQuery.Continue(token)!)}")).ContinuationToken);

    [Fact]
    public void Begins_with_the_first_page()
    {
        Assert.Null(OperationQuery.Continue(null));
        Assert.Null(OperationQuery.Read(Asking("")).ContinuationToken);
    }

    [Theory]
    [InlineData("zzz")]
    [InlineData("dr-main")]
    [InlineData("not base64")]
    [InlineData("%FF%FE")]
    public void Refuses_what_no_page_gave(string continuation)
    {
        var fault = Assert.Throws<RequestFaultException>(() => OperationQuery.Read(Asking($"?continuation={continuation}")));
        Assert.Equal((400, "DR1004", "continuation"), (fault.Status, fault.Code, fault.Field));
    }

    [Fact]
    public void The_largest_page_fits_into_what_the_host_on_Azure_sends_at_once()
    {
        const int most = 500;
        const int large = 64 * 1024;
        var host = JsonDocument.Parse(File.ReadAllText(Path.Combine(SourceTree.Folder, "host.json"))).RootElement;

        Assert.Equal(most, OperationQuery.Read(Asking($"?top={most}")).PageSize);
        Assert.True(host.GetProperty("extensions").GetProperty("durableTask").GetProperty("maxGrpcMessageSizeInBytes").GetInt32() >= most * large);
    }

    private static HttpRequest Asking(string query)
    {
        var request = Asked.With();
        request.QueryString = new QueryString(query);
        return request;
    }
}
