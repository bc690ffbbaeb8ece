using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.LocalRuntime.Tests.Hosting;

/// <summary>Section 4 of the contract: what the attributes say when little is said to them.</summary>
public sealed class AttributeTests
{
    [Fact]
    public void An_HTTP_trigger_without_arguments_asks_for_a_function_key() => Assert.Equal(AuthorizationLevel.Function, new HttpTriggerAttribute().AuthLevel);

    [Fact]
    public void An_HTTP_trigger_with_methods_alone_is_anonymous()
    {
        var trigger = new HttpTriggerAttribute("get", "post");
        Assert.Equal((AuthorizationLevel.Anonymous, 2), (trigger.AuthLevel, trigger.Methods!.Length));
    }

    [Fact]
    public void An_HTTP_trigger_with_a_level_takes_every_method() => Assert.Null(new HttpTriggerAttribute(AuthorizationLevel.Admin).Methods is { Length: > 0 } methods ? methods : null);

    [Fact]
    public void A_timer_keeps_its_status_and_does_not_run_at_startup()
    {
        var trigger = new TimerTriggerAttribute("0 0 2 * * *");
        Assert.Equal((true, false), (trigger.UseMonitor, trigger.RunOnStartup));
    }

    [Theory]
    [InlineData(AuthorizationLevel.Anonymous, 0)]
    [InlineData(AuthorizationLevel.User, 1)]
    [InlineData(AuthorizationLevel.Function, 2)]
    [InlineData(AuthorizationLevel.System, 3)]
    [InlineData(AuthorizationLevel.Admin, 4)]
    public void Levels_have_the_contracts_numbers(AuthorizationLevel level, int number) => Assert.Equal(number, (int)level);
}
