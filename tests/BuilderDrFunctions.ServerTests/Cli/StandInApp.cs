using System.Net;
using System.Text;
using System.Text.Json;
using BuilderDrFunctions.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Cli;

/// <summary>Answers the command line as the app would in situations that the app itself is hard to bring into.</summary>
internal sealed class StandInApp : IAsyncDisposable
{
    private readonly WebApplication _web;

    private StandInApp(WebApplication web) => _web = web;

    public string Url => _web.Urls.Single();

    /// <summary>Starts one that leaves every answer to a function of method, path and query.</summary>
    public static async Task<StandInApp> StartAsync(Func<string, string, Answer> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var web = builder.Build();
        web.Run(async context =>
        {
            var given = answer(context.Request.Method, context.Request.Path + context.Request.QueryString);
            context.Response.StatusCode = given.Status;
            context.Response.ContentType = given.Type;
            context.Response.Headers.Location = given.Location;
            var text = given.Type == Answer.Json ? JsonSerializer.Serialize(given.Body, ApiJson.Options) : (string)given.Body;
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
        });
        await web.StartAsync(TestContext.Current.CancellationToken);
        return new StandInApp(web);
    }

    /// <summary>Runs the command line against it.</summary>
    public Task<CliRun> RunAsync(params string[] arguments) => CliRun.RunAsync(Url, "key", arguments);

    /// <summary>The same, and something happens to its process while it runs.</summary>
    public Task<CliRun> RunAsync(Func<int, Task> meanwhile, params string[] arguments) => CliRun.RunAsync(Url, "key", meanwhile, arguments);

    public async ValueTask DisposeAsync() => await _web.DisposeAsync();
}

/// <summary>One answer; of another type than JSON the body is its text.</summary>
internal sealed record Answer(int Status, object Body, string Type = Answer.Json)
{
    public const string Json = "application/json";

    public string? Location { get; init; }
}
