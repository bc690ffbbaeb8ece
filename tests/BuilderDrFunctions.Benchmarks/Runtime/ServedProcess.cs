using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;

namespace BuilderDrFunctions.Benchmarks.Runtime;

/// <summary>A function app on the embedded runtime, in a process of its own: how soon it answers after its start.</summary>
internal static class ServedProcess
{
    /// <summary>The argument that makes this program serve instead of measure.</summary>
    public const string Verb = "serve-runtime";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task<int> ServeAsync(string stateFolder, string port)
    {
        var builder = FunctionsApplication.CreateBuilder([$"--urls=http://127.0.0.1:{port}", $"--LocalRuntime:StateFolder={stateFolder}"]);
        builder.FunctionTypes = [typeof(Served)];
        builder.ConfigureFunctionsWebApplication();
        await builder.Build().RunAsync();
        return 0;
    }

    /// <summary>Seconds from the start of the process to the answer to a request that starts an orchestration.</summary>
    public static async Task<double> FirstAnswerAsync(string stateFolder, CancellationToken cancellationToken)
    {
        var port = FreePort().ToString(CultureInfo.InvariantCulture);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Limit };
        var begun = Stopwatch.GetTimestamp();
        var command = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in (string[])[.. Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal)
            ? new[] { typeof(ServedProcess).Assembly.Location } : [], Verb, stateFolder, port])
        {
            command.ArgumentList.Add(argument);
        }

        using var process = Process.Start(command)!;
        process.BeginOutputReadLine();
        try
        {
            while (true)
            {
                try
                {
                    using var answer = await client.PostAsync("/api/start", content: null, cancellationToken);
                    answer.EnsureSuccessStatusCode();
                    return Stopwatch.GetElapsedTime(begun).TotalSeconds;
                }
                catch (HttpRequestException) when (!process.HasExited && Stopwatch.GetElapsedTime(begun) < Limit)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
                }
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>What the served process offers.</summary>
public static class Served
{
    [Function("start")]
    public static async Task<IActionResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "start")] HttpRequest request,
        [DurableClient] DurableTaskClient client) =>
        new OkObjectResult(await client.ScheduleNewOrchestrationInstanceAsync("Nothing", request.HttpContext.RequestAborted));

    [Function("Nothing")]
    public static Task NothingAsync([OrchestrationTrigger] TaskOrchestrationContext context) => Task.CompletedTask;
}
