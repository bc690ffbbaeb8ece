using System.Text.Json;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sites;

namespace BuilderDrFunctions.Restore;

/// <summary>Finds the set that a request means: by id, the newest, or the newest as of a moment.</summary>
public sealed class BackupChoice(ISiteDirectory sites, SetCatalog catalog, TimeProvider time)
{
    private const string Hint = "give a set's id, \"latest\", or {\"asOf\": \"2026-11-22T00:00:00Z\"}; GET /api/backups lists the sets";

    /// <summary>The set's manifest.</summary>
    /// <param name="backup">As asked for; null means the newest.</param>
    /// <param name="source">The site whose sets are meant, as asked for; an id needs none. It need not be configured any more: its machine may be gone.</param>
    /// <param name="site">The target, whose sets are meant where nothing else is said.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RequestFaultException">DR1004, DR1005, DR1007, DR1011 or DR8016.</exception>
    public async Task<BackupManifest> ResolveAsync(JsonElement? backup, string? source, string site, CancellationToken cancellationToken)
    {
        var from = source is null ? site : await SourceAsync(source, cancellationToken);
        switch (backup)
        {
            case null or { ValueKind: JsonValueKind.Null }:
                return await NewestAsync(from, null, cancellationToken);
            case { ValueKind: JsonValueKind.String } text when text.GetString() == "latest":
                return await NewestAsync(from, null, cancellationToken);
            case { ValueKind: JsonValueKind.String } text:
                return await ApiSets.FindAsync([from, .. sites.Names.Where(name => name != from)], catalog, text.GetString()!, cancellationToken);
            case { ValueKind: JsonValueKind.Object } moment
                when moment.EnumerateObject().Count() == 1 && moment.TryGetProperty("asOf", out var asOf) && asOf.TryGetDateTimeOffset(out var until):
                return await NewestAsync(from, until, cancellationToken);
            default:
                throw ApiFaults.BadValue("backup", "is no way to name a set", Hint);
        }
    }

    private async Task<string> SourceAsync(string source, CancellationToken cancellationToken) =>
        !sites.Names.Contains(source, StringComparer.Ordinal) && SitesOptionsValidator.IsName(source) && (await catalog.ListAsync(source, cancellationToken)).Count > 0
            ? source
            : ApiSites.Resolve(sites, source);

    private async Task<BackupManifest> NewestAsync(string from, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        var (set, ahead) = await catalog.FindNewestAsync(from, until, time.GetUtcNow(), cancellationToken);
        if (ahead is not null)
        {
            throw RestoreChecks.NewestIsAhead(from, ahead, set?.Label);
        }

        if (set is not null)
        {
            return set;
        }

        throw until is { } moment && await catalog.FindOldestLabelAsync(from, cancellationToken) is { } oldest
            ? ApiFaults.NoneThatOld(from, moment, oldest.Value) : ApiFaults.NoBackup(from);
    }
}
