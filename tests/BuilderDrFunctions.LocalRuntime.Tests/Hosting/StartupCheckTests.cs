using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using BuilderDrFunctions.LocalRuntime.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace BuilderDrFunctions.LocalRuntime.Tests.Hosting;

/// <summary>Section 3 and 4 of the contract: an app that cannot work does not start, and says all that is wrong.</summary>
public sealed class StartupCheckTests
{
    [Fact]
    public void Every_problem_is_reported_together()
    {
        var problems = ProblemsOf([typeof(Wrong), typeof(WrongTwin)]);
        foreach (var expected in new[]
        {
            "Function 'Twice' exists 2 times",
            "Function 'NoTrigger' (*): no parameter has a trigger",
            "Function 'TwoTriggers' (*): it has 2 triggers",
            "Function 'AsyncVoid' (*): it is async void",
            "Function 'ClientOfAnotherType' (*): parameter 'client' (String) cannot be bound: here it must be DurableTaskClient",
            "Function 'ClientInOrchestrator' (*): parameter 'client' (DurableTaskClient) cannot be bound: an orchestrator must not do I/O",
            "Function 'NotInRoute' (*): parameter 'id' (String) cannot be bound: its route has no value of this name",
            "Function 'NotARequest' (*): parameter 'request' (String) cannot be bound: here it must be HttpRequest",
            "Function 'StreamInput' (*): parameter 'input' (Stream) cannot be bound: its type cannot be read from JSON",
            "Function 'InterfaceInput' (*): parameter 'input' (INothing) cannot be bound: its type cannot be read from JSON",
            "Function 'DeepInput' (*): parameter 'input' (Deep) cannot be bound: its type cannot be read from JSON",
            "Function 'TaskOfDelegate' (*): its result cannot be JSON",
            "Function 'SecondInput' (*): parameter 'more' (String) cannot be bound: there is nothing to bind it to",
            "Function 'ReturnsText' (*): it returns String; an HTTP function returns IResult or IActionResult",
            "Function 'ForUsers' (*): AuthorizationLevel.User is not supported",
            "Function 'BadSchedule' (*): its schedule cannot be used: '61 * * * * *' is not NCRONTAB",
            "Function 'NoSetting' (*): its schedule cannot be used: there is no app setting 'Schedules:Nowhere'",
            "Function 'OpenRoute': its route 'api/open/{id' cannot be used",
            "Function 'OddConstraint': its route 'api/odd/{id:odd}' cannot be used",
            "Function 'SameRoute2': its route 'get api/same/{b}' is also the one of 'SameRoute1'",
            "Function 'NeedsMuch' (*): nobody registered the IMuch that its constructor needs",
        })
        {
            var parts = expected.Split("(*)");
            Assert.True(
                problems.Any(problem => problem.StartsWith(parts[0], StringComparison.Ordinal) && problem.Contains(parts[^1], StringComparison.Ordinal)),
                $"missing: {expected}{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
        }

        Assert.Equal(21, problems.Count);
    }

    [Fact]
    public void The_message_counts_and_lists_the_problems()
    {
        var exception = Assert.Throws<FunctionsStartupException>(() => Build([typeof(OnlyTrigger)], []));
        Assert.StartsWith("The functions app cannot start, 1 problem found:" + Environment.NewLine + "  - Function 'Lonely'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AzureFunctionsJobHost:functionTimeout", "soon", "functionTimeout is 'soon'")]
    [InlineData("AzureFunctionsJobHost:functionTimeout", "50.00:00:00", "functionTimeout is '50.00:00:00', not a time of the form hh:mm:ss, at most 40 days")]
    [InlineData("AzureFunctionsJobHost:extensions:durableTask:hubName", "1st", "hubName '1st'")]
    [InlineData("AzureFunctionsJobHost:extensions:durableTask:maxConcurrentActivityFunctions", "0", "maxConcurrentActivityFunctions is '0'")]
    [InlineData("WEBSITE_TIME_ZONE", "Middle/Earth", "WEBSITE_TIME_ZONE is 'Middle/Earth'")]
    [InlineData("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "-5", "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is '-5'")]
    [InlineData("LocalRuntime:DrainTimeout", "x", "LocalRuntime:DrainTimeout is 'x'")]
    public void A_setting_that_cannot_be_used_is_named(string key, string value, string expected) =>
        Assert.Contains(expected, Assert.Single(ProblemsOf([], (key, value))), StringComparison.Ordinal);

    [Fact]
    public void An_assembly_that_is_not_there_is_named()
    {
        using var folder = new StateFolder();
        var builder = RuntimeUnderTest.Builder([], folder.Path, new Dictionary<string, string>(StringComparer.Ordinal) { ["LocalRuntime:FunctionAssemblies"] = "No.Such.Assembly" });
        builder.FunctionTypes = null;
        Assert.Contains("No.Such.Assembly", Assert.Throws<FunctionsStartupException>(builder.Build).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HTTP_functions_need_ConfigureFunctionsWebApplication()
    {
        using var folder = new StateFolder();
        var builder = FunctionsApplication.CreateBuilder([$"--LocalRuntime:StateFolder={folder.Path}"]);
        builder.FunctionTypes = [typeof(Http.SampleFunctions)];
        Assert.Contains("ConfigureFunctionsWebApplication", Assert.Throws<FunctionsStartupException>(builder.Build).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_app_is_built_once()
    {
        using var folder = new StateFolder();
        var builder = RuntimeUnderTest.Builder([], folder.Path);
        using var host = builder.Build();
        Assert.Equal("The application has already been built.", Assert.Throws<InvalidOperationException>(builder.Build).Message);
    }

    [Theory]
    [InlineData("Clock:Most", "0", "Clock__Most: '0' is not between 1 and 10")]
    [InlineData("Clock:Most", "many", "Clock__Most: 'many' is no whole number")]
    [InlineData("Clock:Ticks", "perhaps", "Clock__Ticks: 'perhaps' is neither true nor false")]
    [InlineData("Clock:Name", "", "Clock__Name is required")]
    [InlineData("Clock:Hand", "third", "Clock__Hand: 'third' is none of hour, minute")]
    [InlineData("Clock:Limit", "soon", "Clock__Limit: soon is not a valid value for TimeSpan")]
    public void A_setting_that_cannot_be_is_named_as_it_is_typed(string key, string value, string says)
    {
        using var folder = new StateFolder();
        var builder = RuntimeUnderTest.Builder([], folder.Path, new Dictionary<string, string>(StringComparer.Ordinal) { [key] = value });
        builder.Services.AddOptions<ClockOptions>().BindConfiguration(ClockOptions.Section).ValidateDataAnnotations().ValidateOnStart();

        Assert.Equal([says], Assert.Throws<FunctionsStartupException>(builder.Build).Problems);
    }

    [Fact]
    public async Task An_address_that_another_program_has_is_told_without_a_stack_trace()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = $"http://{other.LocalEndpoint}";

        var failure = await Assert.ThrowsAnyAsync<IOException>(() => RuntimeUnderTest.StartAsync([], settings: new Dictionary<string, string>(StringComparer.Ordinal) { ["urls"] = url }));

        Assert.Equal([$"ASPNETCORE_URLS: {url} is taken by another program; end that one, or give another address"], StartupProblems.Of(failure));
        Assert.Null(StartupProblems.Of(new IOException("the disk is full")));
        Assert.Equal(["ASPNETCORE_URLS: 'here' is no address; give one such as http://127.0.0.1:7071"], StartupProblems.Of(new FormatException("Invalid url: 'here'")));
    }

    private static IReadOnlyList<string> ProblemsOf(IReadOnlyCollection<Type> types, params (string Key, string Value)[] settings) =>
        Assert.Throws<FunctionsStartupException>(() => Build(types, settings)).Problems;

    private static void Build(IReadOnlyCollection<Type> types, (string Key, string Value)[] settings)
    {
        using var folder = new StateFolder();
        RuntimeUnderTest.Builder(types, folder.Path, settings.ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.Ordinal)).Build().Dispose();
    }

    internal enum Hand
    {
        Hour,
        Minute,
    }

    internal interface INothing;

    internal interface IMuch;

    internal sealed class ClockOptions
    {
        public const string Section = "Clock";

        [Range(1, 10)]
        public int Most { get; init; } = 5;

        public bool Ticks { get; init; }

        [Required]
        public string Name { get; init; } = "church";

        public Hand Hand { get; init; }

        public TimeSpan Limit { get; init; }
    }

    internal sealed record Deep(IReadOnlyList<Dictionary<string, INothing>> Below);

#pragma warning disable IDE0060, CA1801, VSTHRD100 // these functions exist to be refused
    private static class Wrong
    {
        [Function("NoTrigger")]
        public static void NoTrigger(string input) => throw new NotSupportedException(input);

        [Function("TwoTriggers")]
        public static void TwoTriggers([TimerTrigger("0 0 2 * * *")] TimerInfo timer, [ActivityTrigger] string input) => throw new NotSupportedException(input);

        [Function("AsyncVoid")]
        public static async void AsyncVoid([ActivityTrigger] string input) => await Task.FromException(new NotSupportedException(input));

        [Function("ClientOfAnotherType")]
        public static void ClientOfAnotherType([ActivityTrigger] string input, [DurableClient] string client) => throw new NotSupportedException(input + client);

        [Function("ClientInOrchestrator")]
        public static void ClientInOrchestrator([OrchestrationTrigger] TaskOrchestrationContext context, [DurableClient] DurableTaskClient client) => throw new NotSupportedException();

        [Function("NotInRoute")]
        public static IResult NotInRoute([HttpTrigger("get")] HttpRequest request, string id) => throw new NotSupportedException(id);

        [Function("NotARequest")]
        public static IResult NotARequest([HttpTrigger("get")] string request) => throw new NotSupportedException(request);

        [Function("StreamInput")]
        public static void StreamInput([ActivityTrigger] Stream input) => throw new NotSupportedException();

        [Function("InterfaceInput")]
        public static void InterfaceInput([OrchestrationTrigger] TaskOrchestrationContext context, INothing input) => throw new NotSupportedException();

        [Function("DeepInput")]
        public static void DeepInput([ActivityTrigger] Deep input) => throw new NotSupportedException();

        [Function("TaskOfDelegate")]
        public static Task<Action> TaskOfDelegate([ActivityTrigger] string input) => throw new NotSupportedException(input);

        [Function("SecondInput")]
        public static void SecondInput([OrchestrationTrigger] TaskOrchestrationContext context, string input, string more) => throw new NotSupportedException(input + more);

        [Function("ReturnsText")]
        public static string ReturnsText([HttpTrigger("get")] HttpRequest request) => throw new NotSupportedException();

        [Function("ForUsers")]
        public static IResult ForUsers([HttpTrigger(AuthorizationLevel.User)] HttpRequest request) => throw new NotSupportedException();

        [Function("BadSchedule")]
        public static void BadSchedule([TimerTrigger("61 * * * * *")] TimerInfo timer) => throw new NotSupportedException();

        [Function("NoSetting")]
        public static void NoSetting([TimerTrigger("%Schedules:Nowhere%")] TimerInfo timer) => throw new NotSupportedException();

        [Function("OpenRoute")]
        public static IResult OpenRoute([HttpTrigger("get", Route = "open/{id")] HttpRequest request) => throw new NotSupportedException();

        [Function("OddConstraint")]
        public static IResult OddConstraint([HttpTrigger("get", Route = "odd/{id:odd}")] HttpRequest request) => throw new NotSupportedException();

        [Function("SameRoute1")]
        public static IResult SameRoute1([HttpTrigger("get", Route = "same/{a}")] HttpRequest request) => throw new NotSupportedException();

        [Function("SameRoute2")]
        public static IResult SameRoute2([HttpTrigger("get", Route = "same/{b}")] HttpRequest request) => throw new NotSupportedException();

        [Function("Twice")]
        public static void Twice([ActivityTrigger] string input) => throw new NotSupportedException(input);
    }

    private sealed class WrongTwin(IMuch much)
    {
        [Function("twice")]
        public static void Twice([ActivityTrigger] string input) => throw new NotSupportedException(input);

        [Function("NeedsMuch")]
        public void NeedsMuch([ActivityTrigger] string input) => throw new NotSupportedException(input + much);
    }

    private static class OnlyTrigger
    {
        [Function("Lonely")]
        public static void Lonely(string input) => throw new NotSupportedException(input);
    }
#pragma warning restore IDE0060, CA1801, VSTHRD100
}
