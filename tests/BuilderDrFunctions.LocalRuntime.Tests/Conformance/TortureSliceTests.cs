namespace BuilderDrFunctions.LocalRuntime.Tests.Conformance;

/// <summary>A short run of <c>make torture</c>.</summary>
public sealed class TortureSliceTests
{
    [Fact]
    public async Task Loses_nothing_and_does_nothing_twice_when_killed_at_random()
    {
        var folder = Directory.CreateTempSubdirectory("torture-");
        using var told = new StringWriter();
        var faults = await new Executioner(folder.FullName, Random.Shared.Next(), told).RunAsync(kills: 12, TestContext.Current.CancellationToken);

        Assert.True(faults.Count == 0, $"{told}{string.Join('\n', faults)}\nThe evidence is in {folder}.");
        TestContext.Current.TestOutputHelper!.WriteLine(told.ToString());
        folder.Delete(recursive: true);
    }
}
