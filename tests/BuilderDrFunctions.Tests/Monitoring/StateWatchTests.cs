using BuilderDrFunctions.Habitat;
using Xunit;

namespace BuilderDrFunctions.Tests.Monitoring;

public sealed class StateWatchTests
{
    private const string StatesPath = "monitoring/states.json";
    private readonly Watched _watched = new();

    [Fact]
    public async Task A_vault_that_does_not_answer_is_told_once()
    {
        _watched.BackUp();
        await _watched.TellAsync();
        _watched.Vault.IsSilent = true;
        // A test write that succeeded at this very moment would be believed.
        _watched.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await _watched.TellAsync());
        _watched.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(["vault unknown"], await _watched.TellAsync());
        _watched.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Empty(await _watched.TellAsync());
    }

    [Fact]
    public async Task What_was_told_last_is_made_anew_where_it_is_damaged()
    {
        _watched.BackUp();
        await _watched.TellAsync();
        _watched.Vault[StatesPath] = "{"u8.ToArray();
        _watched.Site.State = static _ => Task.FromResult(ServiceState.Down);
        await _watched.TellAsync();

        Assert.Equal(["api critical"], await _watched.TellAsync());

        Assert.Contains("critical", System.Text.Encoding.UTF8.GetString(_watched.Vault[StatesPath]), StringComparison.Ordinal);
        Assert.Empty(await _watched.TellAsync());
    }
}
