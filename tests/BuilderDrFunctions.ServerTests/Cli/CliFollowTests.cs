using System.Diagnostics;
using System.Text.Json;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Monitoring;
using BuilderDrFunctions.Operations;
using BuilderDrFunctions.Repair;
using BuilderDrFunctions.Restore;
using BuilderDrFunctions.Retention;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Cli;

/// <summary>What <c>builder-dr</c> makes of an operation that it follows to its end.</summary>
public sealed class CliFollowTests
{
    private const string Set = "20261122T020000Z-nightly-1a2b";
    private static readonly DateTimeOffset At = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly string[] Copies = ["DR5001: object 7 cannot be written"];
    private static readonly string[] Findings = ["DR8005: object 5 is not as it was written"];

    [Theory]
    [InlineData("verify", "object 5 is not as it was written")]
    [InlineData("drill", "the dump is not as it was written")]
    [InlineData("backup", "DR9011")]
    [InlineData("repair", "core/gcc is refused")]
    [InlineData("expire", "a legal hold")]
    public async Task A_result_that_says_that_something_is_wrong_is_exit_code_1_however_it_is_shown(string command, string says)
    {
        await using var app = await StandInApp.StartAsync(Ending(command, BadResultOf(command)));

        var told = await app.RunAsync(command);
        Assert.Equal(1, told.Code);
        Assert.Contains($"{command} ended, and something is wrong: ", told.Error, StringComparison.Ordinal);
        Assert.Contains(says, told.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("succeeded", told.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await app.RunAsync("watch", IdOf(command))).Code);

        var json = await app.RunAsync(command, "--json");
        Assert.Equal(1, json.Code);
        Assert.Equal("succeeded", JsonSerializer.Deserialize<JsonElement>(json.Output).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_good_result_is_exit_code_0_however_it_is_shown()
    {
        await using var app = await StandInApp.StartAsync(Ending("verify", new { Passed = true, First = Array.Empty<string>() }));

        var told = await app.RunAsync("verify");
        Assert.Equal(0, told.Code);
        Assert.Contains("verify succeeded after", told.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await app.RunAsync("verify", "--json")).Code);
    }

    [Theory]
    [InlineData("verify", OperationState.Running)]
    [InlineData("drill", OperationState.Failed)]
    public async Task A_run_without_a_verdict_is_not_shown_as_a_bad_one(string kind, OperationState state)
    {
        await using var app = await StandInApp.StartAsync((method, path) => new Answer(StatusCodes.Status200OK, View(kind, state)));

        var shown = await app.RunAsync("show", IdOf(kind));
        Assert.Equal(0, shown.Code);
        Assert.Contains(state.ToString().ToLowerInvariant(), shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("WRONG", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_in_the_second_vault_is_told_of_a_verification_that_passed()
    {
        await using var app = await StandInApp.StartAsync(Ending("verify", new { Passed = true, First = Array.Empty<string>(), Copy = new { Mended = 2, Problems = Copies } }));

        var told = await app.RunAsync("verify");
        Assert.Equal(1, told.Code);
        Assert.Contains("SOMETHING IS WRONG", told.Output, StringComparison.Ordinal);
        Assert.Contains(Copies[0], told.Output, StringComparison.Ordinal);
        Assert.Contains($"in the second vault: {Copies[0]}", told.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_that_does_not_answer_for_a_while_is_waited_for()
    {
        var polls = 0;
        await using var app = await StandInApp.StartAsync((method, path) => method == HttpMethods.Post ? Accepted("backup")
            : ++polls <= 2 ? new Answer(StatusCodes.Status502BadGateway, "restarting")
            : new Answer(StatusCodes.Status200OK, View("backup", OperationState.Succeeded)));

        Assert.Equal(0, (await app.RunAsync("backup")).Code);
        Assert.Equal(3, polls);
    }

    [Fact]
    public async Task An_operation_that_is_lost_sight_of_is_named()
    {
        await using var app = await StandInApp.StartAsync((method, path) => method == HttpMethods.Post ? Accepted("backup") : new Answer(StatusCodes.Status401Unauthorized, ""));

        var lost = await app.RunAsync("backup", "--json");
        Assert.Equal(2, lost.Code);
        Assert.Contains("DR9204", lost.Error, StringComparison.Ordinal);
        Assert.Contains($"builder-dr watch {IdOf("backup")}", lost.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operation_that_was_never_there_does_not_go_on()
    {
        await using var app = await StandInApp.StartAsync((method, path) =>
            new Answer(StatusCodes.Status404NotFound, """{"code":"DR1006","detail":"there is no operation 'nope'","hint":"GET /api/operations lists them"}""", "application/problem+json"));

        var unknown = await app.RunAsync("watch", "nope");
        Assert.Equal((2, "error DR1006: there is no operation 'nope'\nhint: GET /api/operations lists them\n"), (unknown.Code, unknown.Error));
        Assert.Equal("", unknown.Output);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("sites/main/runs/restore/prune.jsonl.zst")]
    public async Task A_plan_ends_with_the_command_that_carries_out_what_was_planned(string? prunePath)
    {
        await using var app = await StandInApp.StartAsync(Ending("restore", Planned(prunePath)));

        var planned = await app.RunAsync("restore");
        Assert.Equal(0, planned.Code);
        Assert.Contains(
            $"In place of what is live: builder-dr restore {Set} --site main{(prunePath is null ? "" : $" --prune-plan {IdOf("restore")}")} --replace --confirm main\n", planned.Output,
            StringComparison.Ordinal);
        Assert.DoesNotContain("null", planned.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_that_something_stands_against_is_exit_code_1_for_whoever_rehearses_by_it()
    {
        await using var app = await StandInApp.StartAsync(Ending("restore", Planned(null, new RestoreProblem("DR8010", "5 GB are free, and 7 are needed", "make room"))));

        var planned = await app.RunAsync("restore");
        Assert.Equal((1, "restore planned, and something stands against it: DR8010: 5 GB are free, and 7 are needed\n"), (planned.Code, planned.Error));
        Assert.Contains("stands against it: DR8010: ", planned.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("In place of what is live", planned.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await app.RunAsync("restore", "--json")).Code);
        Assert.Equal(1, (await app.RunAsync("watch", IdOf("restore"))).Code);
        Assert.Equal(0, (await app.RunAsync("show", IdOf("restore"))).Code);
    }

    [Fact]
    public async Task All_that_runs_is_shown_however_many_ended_operations_there_are()
    {
        await using var app = await StandInApp.StartAsync((method, path) => new Answer(StatusCodes.Status200OK, path switch
        {
            "/api/health" => new HealthReport(HealthStatus.Ok, At, []),
            "/api/operations?state=active" => new OperationPage([View("backup", OperationState.Running)], "more of them"),
            "/api/operations?state=active&continuation=more%20of%20them" => new OperationPage([View("verify", OperationState.Running)], null),
            _ => throw new UnreachableException(path),
        }));

        var shown = await app.RunAsync("watch", "--once");
        Assert.Equal(0, shown.Code);
        Assert.Contains(IdOf("backup"), shown.Output, StringComparison.Ordinal);
        Assert.Contains(IdOf("verify"), shown.Output, StringComparison.Ordinal);
    }

    private static object BadResultOf(string kind) => kind switch
    {
        "verify" => new { Passed = false, First = Findings },
        "drill" => new { Passed = false, Findings = new[] { new { Kind = "dumpDamaged", What = "the dump is not as it was written" } } },
        "backup" => new BackupReceipt(Set, "main", false, 5, 1, ["INCOMPLETE: 3 packages of the database have no artifact in the bucket"]),
        "repair" => new RepairReceipt(
            "main", false, new RepairPlan("folder", 0, 0, 0, [], 0, [], 0, [], 0, 0, [], false, [], []), new MendReceipt(Failed: 2, First: ["core/gcc is refused"]), null, []),
        _ => new ExpireReceipt("main", false, [], 0, 0, 0, 0, ["a legal hold"]),
    };

    private static RestoreReceipt Planned(string? prunePath, params IReadOnlyList<RestoreProblem> problems)
    {
        var plan = new RestorePlan(
            Set, "main", At, Enum.GetValues<RestorePart>(), [new DatabasePlan("builder", "builder_new", "builder", null, 1, 1, 1, true, [], null)], true, true, 0,
            new ArtifactsPlan("folder", 1, 1, 1, 0, 0, 0, 0, prunePath), problems, [], [new PlanStep("restore database builder", 1, 1)]);
        return new RestoreReceipt(Set, "main", "main", RestoreMode.Plan, plan, [], null, null, [], [], At, 0, 0, []);
    }

    private static string IdOf(string kind) => $"{kind}-20261122T120000Z-main-1a2b";

    private static Func<string, string, Answer> Ending(string kind, object result) => (method, path) =>
        method == HttpMethods.Post ? Accepted(kind)
        : path.StartsWith("/api/backups", StringComparison.Ordinal) ? new Answer(StatusCodes.Status200OK, new { Backups = new[] { new { Label = Set } }, Damaged = Array.Empty<object>() })
        : new Answer(StatusCodes.Status200OK, View(kind, OperationState.Succeeded, JsonSerializer.SerializeToElement(result, ApiJson.Options)));

    private static Answer Accepted(string kind) => new(StatusCodes.Status202Accepted, new AcceptedOperation(IdOf(kind), null, "", "", ""));

    private static OperationView View(string kind, OperationState state, JsonElement? result = null) =>
        new(IdOf(kind), kind, "main", state, null, [], null, null, At, At.AddSeconds(3), null, result);
}
