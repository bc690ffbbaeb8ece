using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>What a merge did, and the proof that it lost nothing: a document in the vault.</summary>
/// <param name="Format">Version of this format: <see cref="CurrentFormat"/>.</param>
/// <param name="Kind"><c>shards</c> or <c>databases</c>.</param>
/// <param name="OperationId">The run.</param>
/// <param name="Site">Of which Builder.</param>
/// <param name="Database">The database that holds the merged rows.</param>
/// <param name="Backup">The set that holds the sources as they were; empty where none was asked for.</param>
/// <param name="BegunAt">UTC.</param>
/// <param name="EndedAt">UTC; when everything was compared, right before it was made to count.</param>
/// <param name="ServerVersion">PostgreSQL's.</param>
/// <param name="Algorithm">How rows were digested.</param>
/// <param name="Tables">Every table merged, in the order in which they were.</param>
/// <param name="Sequences">Where the sequences stand now.</param>
/// <param name="Stages">How long what took.</param>
/// <param name="Decisions">What was left out, mapped or rebuilt, as sentences.</param>
public sealed record MergeReport(
    int Format, string Kind, string OperationId, string Site, string Database, string Backup, DateTimeOffset BegunAt, DateTimeOffset EndedAt,
    string ServerVersion, string Algorithm, IReadOnlyList<MergedTable> Tables, IReadOnlyList<MergedSequence> Sequences,
    IReadOnlyList<MergeStage> Stages, IReadOnlyList<string> Decisions)
{
    /// <summary>The version this program writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Rows of all tables.</summary>
    public long Rows => Tables.Sum(table => table.Rows);

    /// <summary>Seconds of all stages.</summary>
    public double Seconds => Math.Round(Stages.Sum(stage => stage.Seconds), 3);
}

/// <summary>One table.</summary>
/// <param name="Table">Its name, in the schema <c>public</c>.</param>
/// <param name="Source">The database the rows came from.</param>
/// <param name="Rows">How many there are, on both sides.</param>
/// <param name="SourceDigest">Of the source's rows: 32 hexadecimal digits that depend on every value of every row.</param>
/// <param name="Digest">Of the merged rows; the same.</param>
/// <param name="RowsPerShard">How many came from which shard, <c>shard_0</c> first; empty where there are no shards.</param>
/// <param name="Seconds">How long writing its rows took.</param>
public sealed record MergedTable(string Table, string Source, long Rows, string SourceDigest, string Digest, IReadOnlyList<long> RowsPerShard, double Seconds);

/// <summary>One sequence.</summary>
/// <param name="Name">In the schema <c>public</c>.</param>
/// <param name="Position">What it gives next.</param>
public sealed record MergedSequence(string Name, long Position);

/// <summary>One stage of a merge.</summary>
/// <param name="Name">Such as <c>verify</c>.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record MergeStage(string Name, double Seconds);

/// <summary>Keeps <see cref="MergeReport"/>s in the vault, one a merge.</summary>
public sealed class MergeReports(IVault vault)
{
    private const int ReportLimit = 16 * 1024 * 1024;

    /// <summary>Where a run keeps its report until it counts.</summary>
    public static string PreparedPath(string site, string operationId) => SetPaths.Run(site, operationId) + "merge.json";

    /// <summary>Where a merge's report lies.</summary>
    public static string PathOf(string site, string operationId) => $"{FolderOf(site)}{operationId}/report.json";

    /// <summary>Where the same lies as a page.</summary>
    public static string PagePathOf(string site, string operationId) => $"{FolderOf(site)}{operationId}/report.html";

    /// <summary>Puts down what a run is about to make count, in place of what an earlier attempt of it prepared.</summary>
    public async Task PrepareAsync(MergeReport report, CancellationToken cancellationToken)
    {
        var path = PreparedPath(report.Site, report.OperationId);
        await vault.DeleteAsync(path, cancellationToken);
        await vault.TryCreateJsonAsync(path, report, CatalogJson.Of<MergeReport>(), cancellationToken);
    }

    /// <summary>What a run has prepared, or null.</summary>
    public Task<MergeReport?> FindPreparedAsync(string site, string operationId, CancellationToken cancellationToken) =>
        vault.ReadJsonAsync(PreparedPath(site, operationId), CatalogJson.Of<MergeReport>(), ReportLimit, cancellationToken);

    /// <summary>Keeps a report and its page for good; done already is success.</summary>
    public async Task KeepAsync(MergeReport report, string page, CancellationToken cancellationToken)
    {
        await vault.TryCreateAsync(PagePathOf(report.Site, report.OperationId), System.Text.Encoding.UTF8.GetBytes(page), cancellationToken);
        await vault.TryCreateJsonAsync(PathOf(report.Site, report.OperationId), report, CatalogJson.Of<MergeReport>(), cancellationToken);
    }

    /// <summary>A merge's report, or null.</summary>
    public Task<MergeReport?> FindAsync(string site, string operationId, CancellationToken cancellationToken) =>
        vault.ReadJsonAsync(PathOf(site, operationId), CatalogJson.Of<MergeReport>(), ReportLimit, cancellationToken);

    /// <summary>The reports of a site, newest first.</summary>
    public async Task<IReadOnlyList<MergeReport>> ListAsync(string site, CancellationToken cancellationToken)
    {
        var ids = new List<OperationId>();
        await foreach (var folder in vault.ListFoldersAsync(FolderOf(site), cancellationToken))
        {
            if (OperationId.TryParse(folder) is { } id)
            {
                ids.Add(id);
            }
        }

        var reports = new List<MergeReport>();
        foreach (var id in ids.OrderByDescending(id => id.At))
        {
            if (await FindAsync(site, id.ToString(), cancellationToken) is { } report)
            {
                reports.Add(report);
            }
        }

        return reports;
    }

    private static string FolderOf(string site) => SetPaths.Site(site) + "merges/";
}
