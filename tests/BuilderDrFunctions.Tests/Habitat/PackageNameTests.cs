using BuilderDrFunctions.Habitat;
using Xunit;

namespace BuilderDrFunctions.Tests.Habitat;

public sealed class PackageNameTests
{
    [Theory]
    [InlineData("core/gcc/12.1.0/20260101000000", "x86_64-linux", "core/gcc/12.1.0/20260101000000/x86_64/linux/core-gcc-12.1.0-20260101000000-x86_64-linux.hart")]
    [InlineData("a-b/c_d/1/2", "x86_64-linux-kernel2", "a-b/c_d/1/2/x86_64/linux-kernel2/a-b-c_d-1-2-x86_64-linux-kernel2.hart")]
    public void Knows_the_key_of_a_package_and_reads_it_back(string ident, string target, string key)
    {
        Assert.Equal(key, new PackageName(ident, target).Key);
        Assert.Equal(new PackageName(ident, target), PackageName.TryParse(key));
    }

    [Theory]
    [InlineData("core/gcc/12.1.0/20260101000000/x86_64/linux/other.hart")]
    [InlineData("core/gcc/12.1.0/20260101000000/x86_64/linux/")]
    [InlineData("readme.hart")]
    [InlineData("")]
    public void Takes_no_other_key_for_an_artifact(string key) => Assert.Null(PackageName.TryParse(key));
}
