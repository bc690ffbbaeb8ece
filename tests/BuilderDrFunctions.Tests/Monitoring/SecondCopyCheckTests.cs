using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Tests.Mirror;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

/// <summary>What would be left if the first vault were lost.</summary>
public sealed class SecondCopyCheckTests
{
    private static readonly string[] Problems = ["DR8005: it is damaged"];
    private readonly MemoryVault _second = new();
    private readonly Watched _watched;

    public SecondCopyCheckTests() => _watched = new Watched(_second);

    [Fact]
    public async Task A_second_vault_with_the_newest_set_is_well()
    {
        _watched.BackUp();
        Copy();

        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync()).Status);
        Assert.Equal(0, (await _watched.CheckAsync(SecondCopyCheck.Name)).AgeSeconds);
        Assert.Equal(0, await AgeFigureAsync());
    }

    [Fact]
    public async Task A_second_vault_that_gets_nothing_any_more_is_a_warning_while_the_first_is_as_good_as_ever()
    {
        _watched.BackUp();
        Copy();
        _watched.Time.Advance(TimeSpan.FromHours(27));
        _watched.BackUp();

        var check = await AssertAsync("DR9013");

        Assert.Equal((Watched.Start, 27 * 3600, 26 * 3600), (check.At, check.AgeSeconds, check.LimitSeconds));
        Assert.Contains("in the second vault is 27 h old", check.Summary, StringComparison.Ordinal);
        Assert.Equal(27 * 3600, await AgeFigureAsync());
        Assert.Equal(HealthStatus.Warning, (await _watched.CheckAsync()).Status);
    }

    [Fact]
    public async Task An_empty_second_vault_is_a_warning()
    {
        _watched.BackUp();
        Assert.Null((await AssertAsync("DR9013")).AgeSeconds);
        Assert.Null(await AgeFigureAsync());
    }

    [Fact]
    public async Task A_damaged_newest_set_there_is_told_with_the_recovery_point_that_is_left()
    {
        _watched.BackUp();
        _watched.Time.Advance(TimeSpan.FromHours(3));
        _watched.BackUp();
        Copy();
        _second[_second.Blobs.Keys.Max(StringComparer.Ordinal)!] = "{"u8.ToArray();

        var check = await AssertAsync("DR9014");

        Assert.Contains("DR2030", check.Summary, StringComparison.Ordinal);
        Assert.Equal(Watched.Start, check.At);
    }

    [Fact]
    public async Task A_second_vault_that_does_not_answer_is_a_warning_and_hides_nothing_of_the_first()
    {
        _watched.BackUp();
        Copy();
        _second.IsSilent = true;

        await AssertAsync("DR9008");
        Assert.Equal(HealthStatus.Ok, (await _watched.CheckAsync("recoveryPoint")).Status);
        Assert.Null(await AgeFigureAsync());
    }

    [Fact]
    public async Task What_a_verification_could_not_mend_there_is_a_warning_and_no_failed_run()
    {
        _watched.BackUp();
        Copy();
        _watched.Run("verify", Microsoft.DurableTask.Client.OrchestrationRuntimeStatus.Completed, new { Passed = true, Copy = new { Mended = 0, Problems = Problems } });
        await _watched.LookAsync();

        var check = await _watched.CheckAsync("verify");

        Assert.Equal((HealthStatus.Warning, "DR9015"), (check.Status, check.Code));
        Assert.Contains("DR8005: it is damaged", check.Summary, StringComparison.Ordinal);
        Assert.Equal(1, (await _watched.Gathering.GatherAsync(_watched.Store, TestContext.Current.CancellationToken)).Single(figure => figure.Name == "builder_dr.run.succeeded" && figure.Kind == "verify").Value);
    }

    private void Copy()
    {
        foreach (var (path, content) in _watched.Vault.Blobs.Where(blob => blob.Key.StartsWith("sites/", StringComparison.Ordinal)))
        {
            _second[path] = content;
        }
    }

    private async Task<HealthCheck> AssertAsync(string code)
    {
        var check = await _watched.CheckAsync(SecondCopyCheck.Name);
        Assert.Equal((HealthStatus.Warning, code), (check.Status, check.Code));
        return check;
    }

    private async Task<double?> AgeFigureAsync() =>
        (await _watched.Gathering.GatherAsync(_watched.Store, TestContext.Current.CancellationToken)).SingleOrDefault(figure => figure.Name == "builder_dr.copy.recovery_point.age")?.Value;
}
