using System.Globalization;

namespace BuilderDrFunctions.Mirror;

/// <summary>Where a run's scratch lies in the vault. All of it may go once the run has ended, committed or given up.</summary>
public static class MirrorPaths
{
    /// <summary>The prefix of all of an operation's scratch.</summary>
    public static string RunFolder(string site, string operationId) => $"sites/{site}/runs/{operationId}/";

    /// <summary>The prefix of one pass's scratch.</summary>
    public static string PassFolder(string site, string operationId, MirrorPass pass)
        => $"{RunFolder(site, operationId)}mirror/{(pass == MirrorPass.Warm ? "warm" : "delta")}/";

    /// <summary>Where a warm pass's inventory belongs: it serves the delta pass alone.</summary>
    public static string WarmInventory(string site, string operationId) => PassFolder(site, operationId, MirrorPass.Warm) + "inventory.jsonl.zst";

    internal static string Plan(string passFolder) => passFolder + "plan.json";

    internal static string Draft(string planFolder) => planFolder + "draft.jsonl.zst";

    internal static string Work(string planFolder, int batch) => $"{planFolder}work-{Number(batch)}.jsonl";

    internal static string Receipt(string planFolder, int batch) => $"{planFolder}receipt-{Number(batch)}.jsonl";

    internal static string Attempt(string planFolder, int batch, int attempt) => $"{Attempts(planFolder, batch)}{attempt.ToString("D3", CultureInfo.InvariantCulture)}";

    internal static string Attempts(string planFolder, int batch) => $"{planFolder}attempts/{Number(batch)}/";

    private static string Number(int batch) => batch.ToString("D6", CultureInfo.InvariantCulture);
}
