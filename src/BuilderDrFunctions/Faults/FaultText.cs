using System.Text.RegularExpressions;
using Microsoft.DurableTask;

namespace BuilderDrFunctions.Faults;

/// <summary>Finds the operator's text in what a durable host wraps around a failure.</summary>
public static partial class FaultText
{
    /// <summary>The innermost numbered fault, or else the outermost message.</summary>
    /// <remarks>A task that was terminated from outside has no failure details, whatever the SDK's annotations say.</remarks>
    public static string Of(TaskFailedException exception) =>
        Of((TaskFailureDetails?)exception.FailureDetails) ?? ((TaskFailureDetails?)exception.FailureDetails)?.ErrorMessage ?? exception.Message;

    /// <summary>What a step's failure says, whatever threw it.</summary>
    public static string Of(Exception exception) => exception is TaskFailedException failed ? Of(failed) : exception.Message;

    /// <summary>The numbered fault a step ended with, made anew out of its text; null when it had none.</summary>
    public static FaultException? Unwrap(Exception exception)
    {
        if (exception is FaultException fault)
        {
            return fault;
        }

        var text = Of(exception);
        var parts = text.Split("\nHINT: ");
        return CodeOf(text) is { } code && parts.Length == 2 ? new PermanentFaultException(code, parts[0][(code.Length + 2)..], parts[1]) : null;
    }

    /// <summary>A fault's text inside another's sentence.</summary>
    public static string OneLine(string text) => text.Replace("\nHINT: ", "; ", StringComparison.Ordinal).ReplaceLineEndings(" ");

    /// <summary>The innermost numbered fault, or null.</summary>
    public static string? Of(TaskFailureDetails? failure)
    {
        string? found = null;
        for (var details = failure; details is not null; details = details.InnerFailure)
        {
            found = Find(details.ErrorMessage) ?? found;
        }

        return found;
    }

    /// <summary>The numbered fault inside a text, or null.</summary>
    public static string? Find(string? text) => Numbered().Match(text ?? "") is { Success: true } match ? match.Value.Trim() : null;

    /// <summary>The number a fault's text begins with, or null.</summary>
    public static string? CodeOf(string? fault) => fault is { Length: >= 6 } && Numbered().IsMatch(fault) ? fault[..6] : null;

    // From the number to the end of the hint; without one, to the end of the line.
    [GeneratedRegex(@"DR[0-9]{4}: [^\n]*(?:\nHINT: [^\n]*)?", RegexOptions.None, 1000)]
    private static partial Regex Numbered();
}
