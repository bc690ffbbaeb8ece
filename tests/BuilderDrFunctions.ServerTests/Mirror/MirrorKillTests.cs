using System.Diagnostics;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Mirror;
using BuilderDrFunctions.ObjectStore;
using BuilderDrFunctions.Sandbox.FaultyS3;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Vault;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Mirror;

/// <summary>A mirror whose process is killed 50 times. The process is this very program, asked to run <see cref="Mirrors_in_a_process_of_its_own"/> alone.</summary>
public sealed class MirrorKillTests
{
    private const string EndpointVariable = "BUILDER_DR_TEST_ENDPOINT";
    private const string FolderVariable = "BUILDER_DR_TEST_FOLDER";
    private const int Kills = 50;
    private const int Objects = 1500;
    private static readonly MirrorOptions Options = new() { BatchObjects = 60, Window = 2, Parallelism = 6, MaxBytesPerSecond = 3_000_000 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Survives_fifty_kills_with_every_byte_right_and_no_object_fetched_needlessly()
    {
        var objects = new GeneratedBucket(Objects, static number => 2000 + (number * 37 % 40_000)) { HasMd5ETags = true };
        await using var server = await FaultyS3Server.StartNewAsync(objects, certificate: null, Cancellation);
        using var folder = new TemporaryFolder("killed");
        var kills = 0;
        for (var ended = false; !ended;)
        {
            using var mirror = Start(server.Url, folder.FullPath);
            var enough = kills < Kills ? ReadsBeforeNextKill(server) : int.MaxValue;
            while (!mirror.HasExited && server.Reads.Count < enough)
            {
                await Task.WhenAny(mirror.WaitForExitAsync(Cancellation), Task.Delay(5, Cancellation));
            }

            ended = mirror.HasExited;
            if (!ended)
            {
                mirror.Kill();
                kills++;
            }

            await mirror.WaitForExitAsync(Cancellation);
            Assert.True(!ended || mirror.ExitCode == 0, $"the mirror ended with exit code {mirror.ExitCode}");
            if (ended || kills % 5 == 0)
            {
                await AssertNothingHalfIsVisibleAsync(folder, objects);
            }
        }

        Assert.Equal(Kills, kills);
        Assert.All(server.Reads.Values, reads => Assert.InRange(reads, 1, 1 + kills));
        // Only what was in the hands of a killed process may be fetched again.
        Assert.InRange(server.Reads.Values.Sum(), Objects, Objects + (kills * Options.Parallelism));
    }

    /// <summary>The killed process's work; meaningless on its own, therefore explicit.</summary>
    [Fact(Explicit = true)]
    public async Task Mirrors_in_a_process_of_its_own()
    {
        var endpoint = Environment.GetEnvironmentVariable(EndpointVariable) ?? throw new InvalidOperationException($"{EndpointVariable} is not set");
        var folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException($"{FolderVariable} is not set");
        var store = new S3ObjectStore(
            new ArtifactsOptions { Endpoint = endpoint, Bucket = FaultyS3Server.Bucket, AccessKey = "key", SecretKey = "secret" }, TimeProvider.System);
        var receipt = await new MirrorPasses(OpenVault(folder), store, Options).RunAsync(MirrorPasses.Order("op1", null), Cancellation);
        Assert.Equal(Objects, receipt.Counts.Objects);
    }

    /// <summary>A few objects later, and sometimes in the middle of a batch, sometimes at its end.</summary>
    private static int ReadsBeforeNextKill(FaultyS3Server server) => server.Reads.Count + 1 + (server.Reads.Count * 7 % 25);

    private static Process Start(string endpoint, string folder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            Environment = { [EndpointVariable] = endpoint, [FolderVariable] = folder },
        };
        foreach (var argument in new[] { "-explicit", "only", "-noLogo", "-reporter", "silent", "-method", $"{typeof(MirrorKillTests).FullName}.{nameof(Mirrors_in_a_process_of_its_own)}" })
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new InvalidOperationException("the mirror's process did not start");
    }

    /// <summary>Whatever is visible under an object's path is the whole object; an inventory, if there is one, is whole and right.</summary>
    private static async Task AssertNothingHalfIsVisibleAsync(TemporaryFolder folder, GeneratedBucket objects)
    {
        var vault = OpenVault(folder.FullPath);
        var sizes = Enumerable.Range(0, objects.Count).ToDictionary(
            number => ObjectVersion.PathOf(MirrorPasses.Site, ObjectVersion.NameOf(GeneratedBucket.KeyOf(number), objects.ETagOf(number), objects.BytesOf(number))),
            number => number,
            StringComparer.Ordinal);
        var seen = 0;
        await foreach (var blob in vault.ListAsync(ObjectVersion.FolderOf(MirrorPasses.Site), Cancellation))
        {
            await using var stored = await vault.OpenReadAsync(blob.Path, 0, Cancellation);
            using var content = new MemoryStream();
            await stored.CopyToAsync(content, Cancellation);
            Assert.True(content.ToArray().AsSpan().SequenceEqual(objects.ContentOf(sizes[blob.Path])), blob.Path);
            seen++;
        }

        var inventory = MirrorPasses.Order("op1", null).ResultPath;
        if (await vault.FindAsync(inventory, Cancellation) is not null)
        {
            await using var reader = await InventoryReader.OpenAsync(vault, inventory, expectedSha256: null, Cancellation);
            Assert.Equal(objects.Count, await reader.ReadAsync(Cancellation).CountAsync(Cancellation));
            Assert.Equal(objects.Count, seen);
        }

        (vault as IDisposable)?.Dispose();
    }

    private static IVault OpenVault(string folder)
        => VaultFactory.Create(new VaultOptions { Url = new Uri(folder + "/").AbsoluteUri }, TimeProvider.System);
}
