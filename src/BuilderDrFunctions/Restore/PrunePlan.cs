using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Restore;

/// <summary>Where a plan lists what the bucket has and the set has not.</summary>
internal static class PrunePlan
{
    /// <summary>The list of one attempt at a plan.</summary>
    public static string PathOf(string site, string operationId, Guid attempt) => $"{FolderOf(site, operationId)}extra-{attempt:N}.jsonl.zst";

    /// <summary>What a plan leaves in the vault.</summary>
    public static string FolderOf(string site, string operationId) => $"{SetPaths.Site(site)}restores/{operationId}/";
}
