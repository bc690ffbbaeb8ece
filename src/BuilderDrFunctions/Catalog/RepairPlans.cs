namespace BuilderDrFunctions.Catalog;

/// <summary>Where the lists of repairs' plans lie, and for how long a plan can be carried out.</summary>
public static class RepairPlans
{
    /// <summary>Much may have changed after a day.</summary>
    public static TimeSpan Life { get; } = TimeSpan.FromDays(1);

    /// <summary>All plans of a site, a folder each.</summary>
    public static string Folder(string site) => SetPaths.Site(site) + "repairs/";

    /// <summary>One plan, by the operation that made it.</summary>
    public static string Folder(string site, string operationId) => $"{Folder(site)}{operationId}/";
}
