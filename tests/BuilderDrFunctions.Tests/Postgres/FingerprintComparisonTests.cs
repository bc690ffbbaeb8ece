using BuilderDrFunctions.Postgres;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

public sealed class FingerprintComparisonTests
{
    private static readonly DatabaseFingerprint Some = new(
        FingerprintAlgorithm.Hash,
        "d",
        [new TableFingerprint("public", "origins", 3, "a1"), new TableFingerprint("public", "origin_packages", 9, "b1")],
        new SchemaFacts(15, "UTF8", [new ObjectFacts("indexes", 2, "n", "d"), new ObjectFacts("views", 1, "n", "d")], [new SequenceFacts("public", "ids", 5, 8)]));

    [Fact]
    public void Finds_nothing_between_equal_ones() => Assert.Empty(FingerprintComparison.Compare(Some, Some));

    [Fact]
    public void Names_the_tables_that_differ()
    {
        var other = Some with { Tables = [new("public", "origins", 2, "a1"), new("public", "extra", 0, "0")] };
        Assert.Equal(
            ["table public.origins has 2 rows instead of 3", "table public.origin_packages is missing", "table public.extra should not be there"],
            FingerprintComparison.Compare(Some, other));
        var changed = Some with { Tables = [Some.Tables[0], Some.Tables[1] with { Digest = "b2" }] };
        Assert.Equal(["table public.origin_packages has other content in its 9 rows"], FingerprintComparison.Compare(Some, changed));
    }

    [Fact]
    public void Compares_definitions_only_within_a_major_version()
    {
        var reworded = Some.Schema with { Objects = [Some.Schema.Objects[0], Some.Schema.Objects[1] with { Definitions = "other" }] };
        Assert.Equal(["the definitions of the 1 views differ"], FingerprintComparison.Compare(Some, Some with { Schema = reworded }));
        Assert.Empty(FingerprintComparison.Compare(Some, Some with { Schema = reworded with { ServerMajor = 17 } }));
    }

    [Fact]
    public void Compares_the_content_of_large_objects_at_any_version()
    {
        var some = Some with { Schema = Some.Schema with { Objects = [new ObjectFacts("large objects", 1, "n", "d")] } };
        var other = some with { Schema = some.Schema with { ServerMajor = 17, Objects = [new ObjectFacts("large objects", 1, "n", "other")] } };
        Assert.Equal(["the definitions of the 1 large objects differ"], FingerprintComparison.Compare(some, other));
    }

    [Fact]
    public void Says_which_kind_of_object_is_missing_at_any_version()
    {
        var fewer = Some.Schema with { ServerMajor = 17, Objects = [Some.Schema.Objects[0] with { Count = 1 }] };
        Assert.Equal(["there are 1 indexes instead of 2", "there are 0 views instead of 1"], FingerprintComparison.Compare(Some, Some with { Schema = fewer }));
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(7, true)]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void Lets_a_sequence_stand_where_it_stood_at_some_moment_of_the_dump(long position, bool accepted)
    {
        var moved = Some with { Schema = Some.Schema with { Sequences = [new SequenceFacts("public", "ids", position, position)] } };
        Assert.Equal(accepted, FingerprintComparison.Compare(Some, moved).Count == 0);
    }

    [Fact]
    public void Refuses_to_compare_two_kinds_of_fingerprint() =>
        Assert.Contains("cannot be compared", Assert.Single(FingerprintComparison.Compare(Some, Some with { Algorithm = FingerprintAlgorithm.Md5 })), StringComparison.Ordinal);
}
