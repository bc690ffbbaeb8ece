using BuilderDrFunctions.Audit;
using BuilderDrFunctions.Tests.Mirror;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BuilderDrFunctions.Tests.Audit;

public sealed class AuditTrailTests : IDisposable
{
    private readonly MemoryVault _vault = new();
    private readonly AuditTrail _trail;

    public AuditTrailTests() => _trail = Open();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chains_what_is_appended_and_finds_it_whole()
    {
        await AppendAsync(_trail, 5);

        var verdict = await _trail.VerifyAsync(Token);

        Assert.True(verdict.Passed, string.Join('\n', verdict.Findings));
        Assert.Equal((5, 5), (verdict.Records, verdict.Head.Sequence));
        Assert.Equal([5, 4, 3, 2, 1], (await _trail.ReadAsync(long.MaxValue, Token).ToListAsync(Token)).Select(record => record.Sequence));
        Assert.Equal([2, 1], (await _trail.ReadAsync(3, Token).ToListAsync(Token)).Select(record => record.Sequence));
    }

    [Fact]
    public async Task Does_not_fork_when_many_append_at_once()
    {
        using var second = Open();
        using var third = Open();

        await Task.WhenAll(new[] { _trail, second, third }.Select(trail => Task.Run(() => AppendAsync(trail, 20), Token)));

        var verdict = await Open().VerifyAsync(Token);
        Assert.True(verdict.Passed, string.Join('\n', verdict.Findings));
        Assert.Equal(60, verdict.Records);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Finds_a_changed_record_wherever_it_is(long sequence)
    {
        await AppendAsync(_trail, 5);
        var path = AuditStore.PathOf(sequence);
        _vault[path] = [.. _vault[path].Select(letter => letter == (byte)'b' ? (byte)'c' : letter)];

        var verdict = await Open().VerifyAsync(Token);

        Assert.False(verdict.Passed);
        Assert.Contains(verdict.Findings, finding => finding.StartsWith($"record {sequence}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Finds_a_removed_record_wherever_it_was_even_after_more_are_appended(long sequence)
    {
        await AppendAsync(_trail, 5);
        await _vault.DeleteAsync(AuditStore.PathOf(sequence), Token);
        Assert.Equal([$"record {sequence} is missing"], (await Open().VerifyAsync(Token)).Findings);

        using var restarted = Open();
        await AppendAsync(restarted, 2);

        var verdict = await restarted.VerifyAsync(Token);
        Assert.Equal(7, verdict.Head.Sequence);
        Assert.Equal([$"record {sequence} is missing"], verdict.Findings);
    }

    [Fact]
    public async Task Finds_a_record_that_was_put_in_anothers_place()
    {
        await AppendAsync(_trail, 5);
        _vault[AuditStore.PathOf(3)] = _vault[AuditStore.PathOf(2)];
        Assert.Contains("record 3 cannot be read as that record", (await _trail.VerifyAsync(Token)).Findings, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Goes_on_where_a_crash_left_the_head_behind()
    {
        await AppendAsync(_trail, 3);
        var head = _vault["audit/head.json"];
        await AppendAsync(_trail, 1);
        _vault["audit/head.json"] = head;

        using var restarted = Open();
        await AppendAsync(restarted, 1);

        var verdict = await restarted.VerifyAsync(Token);
        Assert.True(verdict.Passed, string.Join('\n', verdict.Findings));
        Assert.Equal(5, verdict.Records);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task Finds_a_damaged_head_and_goes_on_where_the_records_end(string head)
    {
        await AppendAsync(_trail, 3);
        _vault["audit/head.json"] = System.Text.Encoding.UTF8.GetBytes(head);

        using var restarted = Open();
        var damaged = await restarted.VerifyAsync(Token);
        Assert.False(damaged.Passed);
        Assert.StartsWith("the head cannot be read", Assert.Single(damaged.Findings), StringComparison.Ordinal);
        Assert.Equal((3, 3), (damaged.Records, damaged.Head.Sequence));

        await AppendAsync(restarted, 1);
        var verdict = await restarted.VerifyAsync(Token);
        Assert.True(verdict.Passed, string.Join('\n', verdict.Findings));
        Assert.Equal(4, verdict.Records);
    }

    [Fact]
    public async Task Tells_of_a_runs_event_once()
    {
        var entry = new AuditEntry(DateTimeOffset.UnixEpoch, "builder-dr", "run ended", "main", "backup-20261122T110000Z-main-1a2b", null, "succeeded");
        await _trail.AppendOnceAsync(entry, 100, Token);
        await _trail.AppendOnceAsync(entry, 100, Token);
        await _trail.AppendOnceAsync(entry with { What = "run began" }, 100, Token);
        Assert.Equal(2, (await _trail.VerifyAsync(Token)).Records);
    }

    [Fact]
    public async Task Is_whole_while_it_is_empty() => Assert.True((await _trail.VerifyAsync(Token)).Passed);

    public void Dispose() => _trail.Dispose();

    private AuditTrail Open() => new(_vault, NullLogger<AuditTrail>.Instance);

    private static async Task AppendAsync(AuditTrail trail, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await trail.AppendAsync(new AuditEntry(DateTimeOffset.UnixEpoch, "key", "POST /api/backups", "main", null, null, "202"), Token);
        }
    }
}
