using System.Collections.Concurrent;
using System.Text.Json;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>The durable wish that an API be started again. Written before the stop, removed after the start.</summary>
/// <param name="Site">Whose API.</param>
/// <param name="OperationId">The run that stops it.</param>
/// <param name="StoppedAt">UTC.</param>
public sealed record MustRestart(string Site, string OperationId, DateTimeOffset StoppedAt)
{
    /// <summary>Whether the API is down for longer than it may be, or for nobody knows how long, because the clock was set back since.</summary>
    public bool IsOverdue(DateTimeOffset now, TimeSpan limit) => now - StoppedAt > limit || ClockRule.IsAhead(StoppedAt, now);
}

/// <summary>Keeps <see cref="MustRestart"/> records in the vault, one a site.</summary>
/// <remarks>A terminated orchestration runs no <c>finally</c>, and a stop of a Habitat service outlives a reboot: without the record Builder would stay down.</remarks>
public sealed class MustRestartRecords(IVault vault)
{
    private const int RecordLimit = 4096;
    private readonly ConcurrentDictionary<string, MustRestart> _known = new(StringComparer.Ordinal);

    /// <summary>Puts the wish down; an older one of the same site is replaced.</summary>
    public async Task WriteAsync(MustRestart record, CancellationToken cancellationToken)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(record, CatalogJson.Options);
        var path = SetPaths.MustRestart(record.Site);
        string? version;
        do
        {
            version = (await vault.FindAsync(path, cancellationToken))?.Version;
        }
        while (await vault.TryReplaceAsync(path, content, version, cancellationToken) is null);
        _known[record.Site] = record;
    }

    /// <summary>The wish that stands, or null.</summary>
    public async Task<MustRestart?> FindAsync(string site, CancellationToken cancellationToken)
    {
        var found = await vault.ReadJsonAsync(SetPaths.MustRestart(site), CatalogJson.Of<MustRestart>(), RecordLimit, cancellationToken);
        if (found is null)
        {
            _known.TryRemove(site, out _);
        }
        else
        {
            _known[site] = found;
        }

        return found;
    }

    /// <summary>The wish that stood when this process last wrote, read or cleared it: what is left to go by when the vault does not answer.</summary>
    public MustRestart? Remembered(string site) => _known.GetValueOrDefault(site);

    /// <summary>Takes the wish back: the API is up.</summary>
    /// <returns>Whether there was one.</returns>
    public Task<bool> ClearAsync(string site, CancellationToken cancellationToken)
    {
        _known.TryRemove(site, out _);
        return vault.DeleteAsync(SetPaths.MustRestart(site), cancellationToken);
    }
}
