using System.Diagnostics;
using BuilderDrFunctions.Sandbox.App;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Cli;

/// <summary>One run of <c>builder-dr</c>, as its users run it: a process of its own.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Error">What it printed as errors.</param>
internal sealed record CliRun(int Code, string Output, string Error)
{
    /// <summary>The program as this build made it.</summary>
    public static string Program
    {
        get
        {
            var own = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(own.Parent!.Parent!.FullName, "BuilderDrFunctions.Cli", own.Name, "builder-dr.dll");
        }
    }

    /// <summary>The operation that an output begins with.</summary>
    public static string OperationIn(string output) => output.Split('\n')[0].Split(' ')[1];

    /// <summary>Runs it against an app, whose secrets its output is searched for.</summary>
    public static async Task<CliRun> RunAsync(AppProcess app, params string[] arguments)
    {
        var run = await RunAsync(app.Http.BaseAddress!.ToString(), app.FunctionKey, arguments);
        app.Secrets.Search($"output of builder-dr {string.Join(' ', arguments)}", run.Output + run.Error);
        return run;
    }

    /// <summary>Runs it against an address.</summary>
    public static Task<CliRun> RunAsync(string url, string? key, params string[] arguments) => RunAsync(url, key, _ => Task.CompletedTask, arguments);

    /// <summary>The same, with something that happens to its process, by its id, while it runs.</summary>
    public static async Task<CliRun> RunAsync(string url, string? key, Func<int, Task> meanwhile, params string[] arguments)
    {
        var token = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["BUILDER_DR_URL"] = url;
        start.Environment["BUILDER_DR_KEY"] = key;
        start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(token);
        var error = process.StandardError.ReadToEndAsync(token);
        await meanwhile(process.Id);
        await process.WaitForExitAsync(token);
        var run = new CliRun(process.ExitCode, await output, await error);
        TestContext.Current.TestOutputHelper?.WriteLine($"$ builder-dr {string.Join(' ', arguments)}\n{run.Output}{run.Error}(exit code {run.Code})\n");
        return run;
    }
}
