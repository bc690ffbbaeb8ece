using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.Benchmarks.Mirror;

/// <summary>The artifact mirror: scale, rclone, and a run without changes.</summary>
internal sealed class MirrorBench : IBenchGroup
{
    public string Name => "mirror";

    public async Task RunAsync(BenchReport report, CancellationToken cancellationToken)
    {
        await MirrorScaleBench.RunAsync(report, cancellationToken);
        await using var source = await S3Server.StartNewAsync(cancellationToken);
        await using (var target = await AzuriteServer.StartNewAsync(inMemory: false, cancellationToken))
        {
            using var folder = new TemporaryFolder("rclone");
            await new MirrorRcloneBench(source, target, folder).RunAsync(report, cancellationToken);
        }

        await MirrorListingBench.RunAsync(report, source, cancellationToken);
    }
}
