using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Repair;

/// <summary>The input of the repair orchestrator.</summary>
/// <param name="OperationId">This run.</param>
/// <param name="Site">Whose bucket and database.</param>
/// <param name="Plan">What is to be carried out; null: make a plan.</param>
public sealed record RepairOrder(string OperationId, string Site, RepairPlan? Plan)
{
    /// <summary>Nothing is changed; it stands in the order for those who read of a run that failed.</summary>
    public bool Planned => Plan is null;

    /// <summary>Where a plan keeps its lists, until it is too old to be carried out.</summary>
    internal string Folder => RepairPlans.Folder(Site, OperationId);
}

/// <summary>What would be done. The lists lie in the vault; what is named here are the first of each.</summary>
/// <param name="Folder">Where they lie.</param>
/// <param name="Batches">Batches of artifacts to be put back.</param>
/// <param name="PutBack">Artifacts missing, corrupt or unreadable in the bucket that a set holds as the database names them.</param>
/// <param name="PutBackBytes">Their sizes together.</param>
/// <param name="FirstPutBack">Of these.</param>
/// <param name="Irreparable">Artifacts that no set holds.</param>
/// <param name="FirstIrreparable">Of these.</param>
/// <param name="NotStored">Artifacts that are other ones than the database says and that no set holds as they are: they are left alone until a backup holds them.</param>
/// <param name="FirstNotStored">Of these.</param>
/// <param name="Uploads">Artifacts without metadata that would be uploaded through Builder's API.</param>
/// <param name="UploadBytes">Their sizes together.</param>
/// <param name="FirstUploads">Of these, in order of upload.</param>
/// <param name="MoreUploads">There are more than one repair takes on; the next one goes on.</param>
/// <param name="Losses">What an upload does not bring back.</param>
/// <param name="Notes">What else there is to know.</param>
public sealed record RepairPlan(
    string Folder, int Batches, long PutBack, long PutBackBytes, IReadOnlyList<PlannedPutBack> FirstPutBack, long Irreparable, IReadOnlyList<string> FirstIrreparable,
    long NotStored, IReadOnlyList<string> FirstNotStored, int Uploads, long UploadBytes, IReadOnlyList<string> FirstUploads, bool MoreUploads,
    IReadOnlyList<string> Losses, IReadOnlyList<string> Notes);

/// <summary>An artifact that a set would give back.</summary>
/// <param name="Key">Its object's key.</param>
/// <param name="State">What is wrong with it.</param>
/// <param name="From">The newest set that holds it as the database names it.</param>
public sealed record PlannedPutBack(string Key, ArtifactState State, string From);

/// <summary>Tells an activity which batch to put back.</summary>
public sealed record PutBackOrder(string OperationId, string Site, string Folder, int Batch);

/// <summary>Tells an activity which artifacts of a plan's list to upload: from one number up to, and without, another.</summary>
public sealed record UploadOrder(string OperationId, string Site, string Folder, int From, int Until);

/// <summary>What was done.</summary>
/// <param name="Done">Artifacts put back or uploaded.</param>
/// <param name="Bytes">Their sizes together.</param>
/// <param name="Skipped">Those that are no longer as the plan saw them.</param>
/// <param name="Failed">Those that could not be mended.</param>
/// <param name="First">Why, of the first ones skipped or failed.</param>
public sealed record MendReceipt(long Done = 0, long Bytes = 0, long Skipped = 0, long Failed = 0, IReadOnlyList<string>? First = null)
{
    private const int MostNamed = 20;

    /// <summary>The sum of both.</summary>
    public MendReceipt Plus(MendReceipt other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new MendReceipt(
            Done + other.Done, Bytes + other.Bytes, Skipped + other.Skipped, Failed + other.Failed, [.. (First ?? []).Concat(other.First ?? []).Take(MostNamed)]);
    }

    /// <summary>One mended.</summary>
    internal static MendReceipt Mended(long bytes) => new(1, bytes);

    /// <summary>One that is as it need not be mended, or as no plan saw it.</summary>
    internal static MendReceipt Changed(string why) => new(Skipped: 1, First: [why]);

    /// <summary>One that could not be mended.</summary>
    internal static MendReceipt NotMended(string why) => new(Failed: 1, First: [why]);

    /// <summary>One that could not be mended because of what its bucket answered.</summary>
    internal static MendReceipt NotMended(string key, FaultException fault) => NotMended($"{key}: {fault.Brief}");
}

/// <summary>What a repair planned or did.</summary>
/// <param name="Site">Whose.</param>
/// <param name="Planned">Nothing was changed.</param>
/// <param name="Plan">What was to be done.</param>
/// <param name="PutBack">What was put back; null in a plan.</param>
/// <param name="Uploaded">What was uploaded; null in a plan.</param>
/// <param name="Problems">What did not succeed; the rest was done all the same.</param>
public sealed record RepairReceipt(string Site, bool Planned, RepairPlan Plan, MendReceipt? PutBack, MendReceipt? Uploaded, IReadOnlyList<string> Problems);
