using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Sandbox.Builder;

namespace BuilderDrFunctions.ServerTests.Habitat;

/// <summary>The way to a stand-in Builder's machine.</summary>
internal static class BuilderAccess
{
    /// <summary>Settings as an operator would give them.</summary>
    public static ServiceOptions ServiceOptions(
        this BuilderHost builder, string? statusUrl = null, TimeSpan? stopTimeout = null, TimeSpan? startTimeout = null) => new()
        {
            Control = "ssh",
            Host = builder.Ssh.Host,
            Port = builder.Ssh.Port,
            User = builder.Ssh.User,
            PrivateKeyFile = builder.Ssh.PrivateKeyFile,
            HostKeyFingerprint = builder.Ssh.HostKeyFingerprint,
            HabRoot = builder.HabRoot,
            StatusUrl = statusUrl,
            StopTimeout = stopTimeout ?? TimeSpan.FromMinutes(2),
            StartTimeout = startTimeout ?? TimeSpan.FromMinutes(5),
        };
}
