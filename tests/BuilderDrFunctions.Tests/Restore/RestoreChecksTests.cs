using BuilderDrFunctions.Api;
using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Recovery;
using BuilderDrFunctions.Restore;
using Xunit;

namespace BuilderDrFunctions.Tests.Restore;

public sealed class RestoreChecksTests
{
    [Fact]
    public void A_replacement_names_its_site_once_more()
    {
        Assert.Equal("confirm", FieldAtFault(new RestoreRequest(), RestoreMode.Replace));
        Assert.Equal("confirm", FieldAtFault(new RestoreRequest { Confirm = "other" }, RestoreMode.Replace));
        Assert.Null(FieldAtFault(new RestoreRequest { Confirm = "main" }, RestoreMode.Replace));
        Assert.Null(FieldAtFault(new RestoreRequest(), RestoreMode.Plan));
    }

    [Theory]
    [InlineData("builder_test", null)]
    [InlineData("Builder", "database")]
    [InlineData("builder\"; DROP DATABASE builder; --", "database")]
    [InlineData("template1", "database")]
    [InlineData("abcdefghijklmnopqrstuvwxyz12345", "database")]
    public void A_database_has_a_plain_name(string name, string? field) =>
        Assert.Equal(field, FieldAtFault(new RestoreRequest { Database = name }, RestoreMode.Scratch));

    [Theory]
    [InlineData("test/", null)]
    [InlineData("a/b/", null)]
    [InlineData("test", "prefix")]
    [InlineData("/", "prefix")]
    [InlineData("../x/", "prefix")]
    public void A_prefix_is_a_folder(string prefix, string? field) =>
        Assert.Equal(field, FieldAtFault(new RestoreRequest { Prefix = prefix }, RestoreMode.Scratch));

    [Fact]
    public void Nothing_is_pruned_without_a_plan() =>
        Assert.Equal("plan", FieldAtFault(new RestoreRequest { Confirm = "main", Prune = true }, RestoreMode.Replace));

    [Fact]
    public void What_is_appended_to_a_database_s_name_fits_PostgreSQL()
    {
        var order = new RestoreOrder(
            OperationId.New("restore", "main", DateTimeOffset.UtcNow).ToString(), "main", "main", "label", RestoreMode.Replace, null, null, "");
        var longest = new string('x', DatabaseName.Longest);
        Assert.All([order.RestoringName(longest), order.BeforeName(longest), order.ScratchName(longest)], name => Assert.InRange(name.Length, 40, 63));
        Assert.Equal(3, new[] { order.RestoringName("a"), order.BeforeName("a"), order.ScratchName("a") }.Distinct(StringComparer.Ordinal).Count());
    }

    private static string? FieldAtFault(RestoreRequest request, RestoreMode mode)
    {
        try
        {
            RestoreChecks.Check(request, mode, "main");
            return null;
        }
        catch (RequestFaultException fault)
        {
            return fault.Field;
        }
    }
}
