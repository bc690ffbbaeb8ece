using System.Globalization;
using BuilderDrFunctions.Sandbox.Data;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Chain;

/// <summary>The chain on a Builder of a small company's size: 20,000 packages, of which 2,000 have their artifact in the bucket.</summary>
public sealed class SmallCompanyTests(SmallCompanySandbox chain, ITestOutputHelper output) : IClassFixture<SmallCompanySandbox>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Holds_exactly_what_the_builder_had()
    {
        await using var app = await chain.StartAppAsync();

        var set = await app.ManifestAsync(await app.BackUpAsync());

        var down = set.GetProperty("api").GetProperty("downSeconds").GetDouble();
        var dump = set.GetProperty("databases")[0].GetProperty("seconds").GetDouble();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"API down for {down:0.0} s, dump took {dump:0.0} s"));
        // How much longer than the dump is a figure of make bench; that it was down at all is a fact.
        Assert.True(down > 0);
        await SetExactness.AssertDumpAsync(app, chain.Builder, set, Token);
        await SetExactness.AssertArtifactsAsync(app, chain.Builder, set, Token);
    }
}

/// <summary>A Builder of that size.</summary>
public sealed class SmallCompanySandbox : ChainSandbox
{
    /// <inheritdoc/>
    protected override DataSize Size => DataSize.Small;
}
