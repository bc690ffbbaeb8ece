using System.Text.Json;
using BuilderDrFunctions.Operations;

namespace BuilderDrFunctions.Cli;

/// <summary>Shows a result in the form that its kind has.</summary>
internal static class Reports
{
    public static void Show(Session session, OperationView view)
    {
        Action<Session, OperationView> show = view.Kind switch
        {
            "backup" => BackupCommand.Show,
            "restore" => RestoreReport.Show,
            "merge" => MergeView.Show,
            "repair" => RepairView.Show,
            "verify" or "drill" => VerifyCommand.Show,
            _ => Results.Show,
        };
        show(session, view);
    }

    /// <summary>Whether nothing was to be changed: no reader should take a plan for what it plans.</summary>
    public static bool IsPlan(OperationView view) => view.Result is { ValueKind: JsonValueKind.Object } result
        && ((result.TryGetProperty("planned", out var planned) && planned.ValueKind == JsonValueKind.True)
            || (result.TryGetProperty("mode", out var mode) && IsWord(mode, "plan"))
            || (result.TryGetProperty("outcome", out var outcome) && IsWord(outcome, "planned")));

    private static bool IsWord(JsonElement value, string word) =>
        value.ValueKind == JsonValueKind.String && word.Equals(value.GetString(), StringComparison.OrdinalIgnoreCase);
}
