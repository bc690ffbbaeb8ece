using System.Globalization;
using System.Text.Json.Serialization;
using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Merge;

/// <summary>The input of the merge orchestrator.</summary>
/// <param name="OperationId">This run.</param>
/// <param name="Site">Whose databases.</param>
/// <param name="Kind">What is merged.</param>
/// <param name="Database">Where the merged rows go: the sharded database itself, or the new one.</param>
/// <param name="Mode">What is done.</param>
/// <param name="BackupId">The id that a backup gets, if one has to be taken.</param>
/// <param name="BackupLabel">The set it would commit.</param>
public sealed record MergeOrder(string OperationId, string Site, MergeKind Kind, string Database, MergeMode Mode, string BackupId, string BackupLabel)
{
    /// <summary>The databases of a merge of databases.</summary>
    internal DatabaseMergeNames Names
    {
        get
        {
            var id = Durability.OperationId.TryParse(OperationId) ?? throw new System.Diagnostics.UnreachableException();
            return DatabaseMergeNames.Of(string.Create(CultureInfo.InvariantCulture, $"{id.At.UtcDateTime:yyyyMMdd't'HHmmss'z'}_{id.Suffix}"));
        }
    }

    /// <summary>The sharded database of a merge of shards.</summary>
    internal ShardedDatabase Sharded => ShardedDatabase.Find(Database) ?? throw new System.Diagnostics.UnreachableException();

    /// <summary>What is merged, for messages.</summary>
    internal string Subject => Kind == MergeKind.Shards ? $"database '{Database}'" : $"databases '{ShardedDatabase.Originsrv}' and '{ShardedDatabase.Sessionsrv}'";
}

/// <summary>What the checks found.</summary>
/// <param name="Plan">What would be done, and what stands against it.</param>
/// <param name="Earlier">What an earlier merge did; null: there was none, or not by this program.</param>
public sealed record MergeCheck(MergePlan Plan, MergeSummary? Earlier);

/// <summary>Asks whether a backup set holds the databases as they are.</summary>
/// <param name="Merge">The run.</param>
/// <param name="Label">The set; null: any that is young enough.</param>
public sealed record MergeBackupOrder(MergeOrder Merge, string? Label);

/// <summary>A merge that counts.</summary>
/// <param name="Merge">The run.</param>
/// <param name="Backup">The set that holds the sources as they were.</param>
public sealed record MergeStepOrder(MergeOrder Merge, string Backup);

/// <summary>A merge in short; its report has everything.</summary>
/// <param name="OperationId">The run; <c>GET /api/merges/{id}</c> gives its report.</param>
/// <param name="EndedAt">UTC.</param>
/// <param name="Backup">The set that holds the sources as they were.</param>
/// <param name="Tables">How many.</param>
/// <param name="Rows">In all of them.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Database">Where the merged rows are; null of a merge that an older version reported.</param>
public sealed record MergeSummary(string OperationId, DateTimeOffset EndedAt, string Backup, int Tables, long Rows, double Seconds, string? Database)
{
    /// <summary>Of a report.</summary>
    internal static MergeSummary Of(MergeReport report) => new(report.OperationId, report.EndedAt, report.Backup, report.Tables.Count, report.Rows, report.Seconds, report.Database);
}

/// <summary>The outcome of a merge, as its operation shows it.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Kind">What is merged.</param>
/// <param name="Site">Whose databases.</param>
/// <param name="Database">Where the merged rows are, or would go.</param>
/// <param name="Plan">As it was checked.</param>
/// <param name="Backup">The set that holds the sources as they were; null where none was needed.</param>
/// <param name="Merge">What was done, now or earlier; null for a plan, and where another program did it.</param>
public sealed record MergeReceipt(MergeOutcome Outcome, MergeKind Kind, string Site, string Database, MergePlan Plan, string? Backup, MergeSummary? Merge);

/// <summary>What comes of a merge.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MergeOutcome>))]
public enum MergeOutcome
{
    /// <summary>Only a plan was asked for.</summary>
    Planned,

    /// <summary>It is done, and proved.</summary>
    Merged,

    /// <summary>It was done before; nothing was changed.</summary>
    AlreadyMerged,
}
