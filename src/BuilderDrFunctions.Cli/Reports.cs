using BuilderDrFunctions.Monitoring;
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

    /// <summary>Whether nothing was to be changed.</summary>
    public static bool IsPlan(OperationView view) => view.Result is { } result && RunVerdict.IsPlan(result);
}
