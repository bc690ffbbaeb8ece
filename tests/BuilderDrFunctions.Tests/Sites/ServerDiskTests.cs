using BuilderDrFunctions.Sites;
using Xunit;

namespace BuilderDrFunctions.Tests.Sites;

public sealed class ServerDiskTests
{
    [Theory]
    [InlineData("Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 40 60 40% /\n", 60L * 1024)]
    [InlineData("df: no such file\n", null)]
    [InlineData("", null)]
    [InlineData("Filesystem\n/dev/sda1 a b c\n", null)]
    public void Reads_what_df_says_is_free(string output, long? free) => Assert.Equal(free, ServerDisk.FreeOf(output));
}
