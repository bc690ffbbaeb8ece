using System.Text.Json;
using BuilderDrFunctions.Operations;
using BuilderDrFunctions.Tests.Api;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace BuilderDrFunctions.Tests.Operations;

public sealed class OperationQueryTests
{
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
