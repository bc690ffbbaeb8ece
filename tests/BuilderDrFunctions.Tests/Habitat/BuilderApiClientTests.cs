using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using Xunit;

namespace BuilderDrFunctions.Tests.Habitat;

public sealed class BuilderApiClientTests
{
    [Theory]
    [InlineData("http://127.0.0.1:9636", null, "DR6060", "Sites__<site>__Builder__Token")]
    [InlineData("http://127.0.0.1:9636", "", "DR6060", "Sites__<site>__Builder__Token")]
    [InlineData("bldr.example", "token", "DR6061", "https://bldr.example")]
    [InlineData("bldr.example:9636", "token", "DR6061", "https://bldr.example")]
    [InlineData("file:///hab", "token", "DR6061", "https://bldr.example")]
    public async Task Without_token_or_address_nothing_is_sent(string url, string? token, string code, string hint)
    {
        var client = new BuilderApiClient(new BuilderApiOptions { Url = url, Token = token }, host: null);
        using var content = new MemoryStream(new byte[1]);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(
            () => client.UploadAsync(new PackageName("core/gcc/12.1.0/20260101000000", "x86_64-linux"), "00", content, 1, TestContext.Current.CancellationToken));

        Assert.Equal(code, fault.Code);
        Assert.Contains(hint, fault.Hint, StringComparison.Ordinal);
        Assert.Equal(0, content.Position);
    }
}
