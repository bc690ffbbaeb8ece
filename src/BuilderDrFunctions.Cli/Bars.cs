using System.Collections.Concurrent;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Operations;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace BuilderDrFunctions.Cli;

/// <summary>A bar a step; beside it how long the step takes and how far it is, as the app tells it, whenever the watching began.</summary>
internal sealed class Bars
{
    private readonly List<ProgressTask> _tasks = [];
    private readonly ConcurrentDictionary<int, string> _accounts = new();

    /// <summary>What a line shows.</summary>
    public ProgressColumn[] Columns => [new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new AccountColumn(_accounts)];

    /// <summary>Brings the bars up to date.</summary>
    public void Show(ProgressContext context, OperationView view)
    {
        for (var i = 0; i < view.Steps.Count; i++)
        {
            var step = view.Steps[i];
            if (i == _tasks.Count)
            {
                _tasks.Add(context.AddTask(Markup.Escape(step.Phase), maxValue: 100));
                _tasks[i].IsIndeterminate = true;
            }

            var task = _tasks[i];
            if (step.EndedAt is { } ended)
            {
                _accounts[task.Id] = Say.Seconds((ended - step.BegunAt).TotalSeconds);
                task.IsIndeterminate = false;
                task.Value = task.MaxValue;
                continue;
            }

            // The two clocks may differ a little.
            var seconds = Math.Max(0, (TimeProvider.System.GetUtcNow() - step.BegunAt).TotalSeconds);
            _accounts[task.Id] = string.Join("  ", [Say.Seconds(seconds), .. view.Progress is { } at ? [AccountOf(at)] : Array.Empty<string>()]);
            if (view.Percent is { } percent)
            {
                task.IsIndeterminate = false;
                task.Value = percent;
            }
        }
    }

    private static string AccountOf(StepProgress at)
    {
        List<string> words = [at.Step];
        if (at.Percent is { } percent)
        {
            words.Add($"{percent} %");
        }

        if (at.Bytes > 0)
        {
            words.Add(at.TotalBytes is { } bytes ? $"{Say.Bytes(at.Bytes)} of {Say.Bytes(bytes)}" : Say.Bytes(at.Bytes));
        }

        if (at.Objects > 0)
        {
            words.Add(at.TotalObjects is { } objects ? $"{Say.Number(at.Objects)} of {Say.Number(objects)} objects" : $"{Say.Number(at.Objects)} objects");
        }

        return string.Join(", ", words);
    }

    private sealed class AccountColumn(ConcurrentDictionary<int, string> accounts) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(accounts.GetValueOrDefault(task.Id, ""));
    }
}
