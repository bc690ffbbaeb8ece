namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>The app cannot run as it is. The message names every problem, one a line.</summary>
public sealed class FunctionsStartupException(IReadOnlyList<string> problems) : Exception(Describe(problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;

    /// <summary>Lets the process that nobody kept from failing end with exit code 1 and the message alone, not with a crash dump.</summary>
    internal static void ExitPlainly()
    {
        AppDomain.CurrentDomain.UnhandledException -= Exit;
        AppDomain.CurrentDomain.UnhandledException += Exit;
    }

    private static void Exit(object sender, UnhandledExceptionEventArgs failure)
    {
        if (StartupProblems.Of(failure.ExceptionObject) is { } problems)
        {
            Console.Error.WriteLine(Describe(problems));
            Environment.Exit(1);
        }
    }

    private static string Describe(IReadOnlyList<string> problems) =>
        $"The functions app cannot start, {problems.Count} {(problems.Count == 1 ? "problem" : "problems")} found:"
        + string.Concat(problems.Select(problem => $"{Environment.NewLine}  - {problem}"));
}
