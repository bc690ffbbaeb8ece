using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace BuilderDrFunctions.Demo;

/// <summary>Shows an operation's phases as they begin and end: bars on a terminal, a line a phase elsewhere.</summary>
internal static class OperationProgress
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>Runs <paramref name="wait"/>, which gives every view of the operation to the function it is passed.</summary>
    public static Task<JsonElement> ShowAsync(Func<Action<JsonElement>, TimeSpan, Task<JsonElement>> wait) =>
        AnsiConsole.Profile.Capabilities.Interactive
            ? AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
                .StartAsync(context => wait(new Bars(context).Show, Longest))
            : wait(new Lines().Show, Longest);

    private static bool HasEnded(JsonElement step) => step.TryGetProperty("endedAt", out _);

    private static string PhaseOf(JsonElement element) => element.GetProperty("phase").GetString()!;

    private sealed class Bars(ProgressContext progress)
    {
        private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);

        public void Show(JsonElement operation)
        {
            foreach (var step in operation.GetProperty("steps").EnumerateArray())
            {
                if (!_tasks.TryGetValue(PhaseOf(step), out var task))
                {
                    task = progress.AddTask(PhaseOf(step), maxValue: 100);
                    task.IsIndeterminate = true;
                    _tasks[PhaseOf(step)] = task;
                }

                if (HasEnded(step))
                {
                    task.IsIndeterminate = false;
                    task.Value = 100;
                    task.StopTask();
                }
                else if (operation.TryGetProperty("percent", out var percent))
                {
                    task.IsIndeterminate = false;
                    task.Value = percent.GetInt32();
                }
            }
        }
    }

    private sealed class Lines
    {
        private readonly HashSet<string> _told = new(StringComparer.Ordinal);

        public void Show(JsonElement operation)
        {
            foreach (var step in operation.GetProperty("steps").EnumerateArray().Where(HasEnded).Where(step => _told.Add(PhaseOf(step))))
            {
                var seconds = (step.GetProperty("endedAt").GetDateTimeOffset() - step.GetProperty("begunAt").GetDateTimeOffset()).TotalSeconds;
                AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"  {PhaseOf(step),-22} {seconds,6:0.0} s");
            }
        }
    }
}
