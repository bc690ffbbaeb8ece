using System.Text;
using BuilderDrFunctions.Mirror;
using Xunit;

namespace BuilderDrFunctions.Tests.Mirror;

public sealed class HartHeaderTests
{
    [Theory]
    [InlineData("HART-1\ncore-20260101000000\nBLAKE2b\nc2lnbmF0dXJl\n\n\u00FD7zXZ", "core-20260101000000")]
    [InlineData("HART-2\ncore-20260101000000\nBLAKE2b\nc2lnbmF0dXJl\n\n", null)]
    [InlineData("HART-1\ncore 1\nBLAKE2b\nc2lnbmF0dXJl\n\n", null)]
    [InlineData("HART-1\ncore-1\nSHA-1\nc2lnbmF0dXJl\n\n", null)]
    [InlineData("HART-1\ncore-1\nBLAKE2b\n\n\n", null)]
    [InlineData("HART-1\ncore-1\nBLAKE2b\nc2ln\nx\n", null)]
    [InlineData("HART-1\ncore-1\nBLAKE2b\nc2ln\n", null)]
    [InlineData("", null)]
    public void Names_the_signer_of_a_true_header_only(string start, string? signer)
        => Assert.Equal(signer, HartHeader.SignerOf(Encoding.Latin1.GetBytes(start)));
}
