using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BuilderDrFunctions.Benchmarks;

/// <summary>Prints each figure as one line and keeps all of them in one JSON file; a run of one group replaces only that group's.</summary>
internal sealed class BenchReport(string file, TextWriter output)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<BenchFigure> _figures = File.Exists(file) ? JsonSerializer.Deserialize<List<BenchFigure>>(File.ReadAllText(file), Json) ?? [] : [];
    private string _group = "";

    /// <summary>Whether no figure of this run missed its goal.</summary>
    public bool AllMet { get; private set; } = true;

    /// <summary>Forgets the group's earlier figures; those that follow are its.</summary>
    public void Begin(string group)
    {
        _group = group;
        _figures.RemoveAll(figure => string.Equals(figure.Group, group, StringComparison.Ordinal));
    }

    /// <summary>A figure that must not be above <paramref name="goal"/>.</summary>
    public void AtMost(string name, double value, string unit, double goal) => Add(name, value, unit, $"<= {Text(goal)}", value <= goal);

    /// <summary>A figure that must not be below <paramref name="goal"/>.</summary>
    public void AtLeast(string name, double value, string unit, double goal) => Add(name, value, unit, $">= {Text(goal)}", value >= goal);

    /// <summary>A figure without a goal.</summary>
    public void Inform(string name, double value, string unit) => Add(name, value, unit, goal: null, met: null);

    private void Add(string name, double value, string unit, string? goal, bool? met)
    {
        var figure = new BenchFigure(_group, name, Math.Round(value, 3), unit, goal, met);
        _figures.Add(figure);
        AllMet &= met != false;
        var verdict = met switch { true => "met", false => "MISSED", null => "" };
        output.WriteLine(string.Join("  ", new[] { figure.Group, figure.Name, $"{Text(figure.Value)} {unit}", goal is null ? "" : $"goal {goal}", verdict }.Where(part => part.Length > 0)));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, JsonSerializer.Serialize(_figures, Json) + "\n");
    }

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}

/// <summary>One figure.</summary>
/// <param name="Group">Such as <c>dump</c>.</param>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Such as <c>s</c>, <c>MB</c>, <c>ratio</c>.</param>
/// <param name="Goal">Such as <c>&lt;= 0.7</c>; null where a figure only informs.</param>
/// <param name="Met">Whether the goal was met; null where there is none.</param>
internal sealed record BenchFigure(string Group, string Name, double Value, string Unit, string? Goal, bool? Met);
