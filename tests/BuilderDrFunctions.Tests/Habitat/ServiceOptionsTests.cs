using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using Xunit;

namespace BuilderDrFunctions.Tests.Habitat;

public sealed class ServiceOptionsTests
{
    [Fact]
    public void Without_control_there_is_no_host() => Assert.Null(BuilderHostFactory.CreateHost(new ServiceOptions()));

    public static TheoryData<ServiceOptions> Wrong =>
    [
        new ServiceOptions { Control = "telnet" },
        new ServiceOptions { Control = "ssh" },
        new ServiceOptions { Control = "ssh", Host = "h", Port = 0 },
        new ServiceOptions { Control = "ssh", Host = "h", User = "" },
        new ServiceOptions { Control = "ssh", Host = "h", HostKeyFingerprint = "SHA256:short" },
        new ServiceOptions { Control = "ssh", Host = "h", HostKeyFingerprint = "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48" },
        new ServiceOptions { Control = "local", Name = "builder-api; reboot" },
        new ServiceOptions { Control = "local", HabRoot = "hab" },
        new ServiceOptions { Control = "local", StopTimeout = TimeSpan.Zero },
    ];

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Settings_that_cannot_be_right_are_refused(ServiceOptions options) =>
        Assert.Equal("DR6050", Assert.Throws<PermanentFaultException>(() => BuilderHostFactory.CreateHost(options)).Code);

    [Theory]
    [InlineData("SHA256:nRVS2j9p4pJLbtZUXJCUAzg+IaFlV4Og+lhgeHCMATU", true)]
    [InlineData("sha256:nRVS2j9p4pJLbtZUXJCUAzg+IaFlV4Og+lhgeHCMATU=", true)]
    [InlineData(" nRVS2j9p4pJLbtZUXJCUAzg+IaFlV4Og+lhgeHCMATU ", true)]
    [InlineData("SHA256:nRVS2j9p4pJLbtZUXJCUAzg+IaFlV4Og+lhgeHCMAT", false)]
    [InlineData("SHA256:nRVS2j9p4pJLbtZUXJCUAzg+IaFlV4Og+lhgeHCM TU", false)]
    [InlineData("", false)]
    public void A_fingerprint_has_one_form(string given, bool right) =>
        Assert.Equal(right ? "SHA256:nRVS2j9p4pJLbtZUXJCUAzg+IaFlV4Og+lhgeHCMATU" : null, SshFingerprint.Normalize(given));
}
