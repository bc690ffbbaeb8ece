using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace BuilderDrFunctions.LocalRuntime.Tests.Http;

/// <summary>HTTP functions of every kind the host must serve.</summary>
internal sealed class SampleFunctions(TimeProvider time)
{
    [Function("Anonymous")]
    public static IResult Anonymous([HttpTrigger("get")] HttpRequest request) => Results.Text(request.Method);

    [Function("Guarded")]
    public static IActionResult Guarded([HttpTrigger(AuthorizationLevel.Function, "get", "post")] HttpRequest request) =>
        new OkObjectResult(new { request.Method });

    [Function("ForSystem")]
    public static IResult ForSystem([HttpTrigger(AuthorizationLevel.System, Route = "for/system")] HttpRequest request) => Results.Text(request.Method);

    [Function("ForAdmin")]
    public static IResult ForAdmin([HttpTrigger(AuthorizationLevel.Admin, Route = "for/admin")] HttpRequest request) => Results.Text(request.Method);

    [Function("Backup")]
    public static IResult Backup([HttpTrigger("get", Route = "backups/{id}")] HttpRequest request, string id) => Results.Text($"{request.Method} {id}");

    [Function("PutBackup")]
    public static IResult PutBackup([HttpTrigger("put", Route = "backups/{id}")] HttpRequest request, string id) => Results.Text($"{request.Method} {id}");

    [Function("Typed")]
    public static IResult Typed(
        [HttpTrigger("get", Route = "typed/{number:int}/{code:guid}/{rest?}")] HttpRequest request, int number, Guid code, string? rest) =>
        Results.Text(string.Create(CultureInfo.InvariantCulture, $"{request.Method} {number + 1} {code:N} {rest ?? "-"}"));

    [Function("Instance")]
    public async Task<IResult> Instance([HttpTrigger("get")] HttpRequest request, FunctionContext context, CancellationToken cancellationToken)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        return Results.Json(new
        {
            context.FunctionDefinition.Name,
            HasId = Guid.TryParse(context.InvocationId, out _),
            SameRequest = ReferenceEquals(context.GetHttpContext(), request.HttpContext),
            HasTime = time.GetUtcNow().Year > 2000,
        });
    }

    [Function("Broken")]
    public static Task<IResult> Broken([HttpTrigger("get")] HttpRequest request) =>
        throw new InvalidOperationException($"secret detail of {request.Path}");

    [Function("Length")]
    public static async Task<IResult> Length([HttpTrigger("post")] HttpRequest request, CancellationToken cancellationToken)
    {
        var length = 0L;
        var buffer = new byte[65536];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            length += read;
        }

        return Results.Text(length.ToString(CultureInfo.InvariantCulture));
    }

    [Function("Start")]
    public static async Task<IResult> Start(
        [HttpTrigger("post", Route = "start/{id}")] HttpRequest request, string id, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        await client.ScheduleNewOrchestrationInstanceAsync(nameof(Greet), request.Query["name"].ToString(), new StartOrchestrationOptions(id), cancellationToken);
        return Results.Accepted();
    }

    [Function(nameof(Greet))]
    public static async Task<string> Greet([OrchestrationTrigger] TaskOrchestrationContext context, string name) =>
        await context.CallActivityAsync<string>(nameof(SayHello), name);

    [Function(nameof(SayHello))]
    public static string SayHello([ActivityTrigger] string name, FunctionContext context, string instanceId) =>
        $"Hello {name} from {instanceId} by {context.FunctionDefinition.Name}";

    [Function(nameof(WaitForGo))]
    public static async Task<string?> WaitForGo([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus(new { Phase = "waiting" });
        return await context.WaitForExternalEvent<string>("Go", CancellationToken.None);
    }

    [Function(nameof(Fail))]
    public static Task Fail([OrchestrationTrigger] TaskOrchestrationContext context) => throw new InvalidOperationException($"no luck in {context.InstanceId}");
}
