using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Habitat;

/// <summary>And what every Builder host does with a command that is fed.</summary>
public abstract class FedCommandContract : BuilderHostContract
{
    // Longer than the limit for reaching the host, which must not end a write that is held back.
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(12);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2_097_152)]
    [InlineData(33_000_001)]
    public async Task Every_byte_that_a_command_is_fed_arrives_with_the_exit_code(int bytes)
    {
        var secret = new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSWORD"] = "se cret" };
        await using var command = await Host.FeedAsync(Sh("printf '%s ' \"$PGPASSWORD\"; tr -d x | wc -c; echo bye >&2; exit 3") with { SecretEnvironment = secret }, Token);

        await FeedAsync(command, bytes);

        using var reader = new StreamReader(command.Output);
        Assert.Equal(FormattableString.Invariant($"se cret {bytes}\n"), await reader.ReadToEndAsync(Token));
        var result = await command.CompleteAsync(Token);
        Assert.Equal((3, "bye\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task A_command_that_does_not_read_holds_its_feeder_back()
    {
        var go = Folder["go"];
        await using var command = await Host.FeedAsync(Sh($"until [ -e {go} ]; do sleep 0.1; done; wc -c"), Token);
        var fed = 0L;
        var feeding = FeedAsync(command, 60_000_000, sum => Interlocked.Exchange(ref fed, sum));

        Assert.False(await Condition.TryAwaitAsync(_ => Task.FromResult(feeding.IsCompleted), Stall, Token), "nothing held it back");
        // so no more than that can lie in memory either, whose whole other tests change meanwhile
        Assert.InRange(Interlocked.Read(ref fed), 0, 20_000_000);
        await File.WriteAllTextAsync(go, "", Token);

        await feeding;
        using var reader = new StreamReader(command.Output);
        Assert.Equal("60000000\n", await reader.ReadToEndAsync(Token));
        Assert.Equal(0, (await command.CompleteAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task A_command_that_ends_unfed_tells_its_feeder()
    {
        await using var command = await Host.FeedAsync(Sh("head -c 10; exit 4"), Token);

        await Assert.ThrowsAsync<IOException>(() => FeedAsync(command, long.MaxValue));

        using var reader = new StreamReader(command.Output);
        Assert.Equal(10, (await reader.ReadToEndAsync(Token)).Length);
        Assert.Equal(4, (await command.CompleteAsync(Token)).ExitCode);
    }

    [Theory]
    [InlineData("exec sleep 600", false)]
    [InlineData("exec sleep 600", true)]
    [InlineData("exec cat >/dev/null", false)]
    [InlineData("trap '' TERM; while :; do sleep 1; done", true)]
    public async Task Disposing_a_fed_command_ends_it(string script, bool ended)
    {
        var pids = Folder["pids"];
        await using (var command = await Host.FeedAsync(Sh($"echo $$ >> {pids}; {script}"), Token))
        {
            await command.Input.WriteAsync(new byte[10_000], Token);
            if (ended)
            {
                await command.Input.DisposeAsync();
            }

            await AwaitPidsAsync(pids, 1);
        }

        await AssertGoneAsync(pids, 1);
    }

    [Fact]
    public async Task Disposing_a_fed_command_that_reads_nothing_more_ends_it()
    {
        var pids = Folder["pids"];
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using (var command = await Host.FeedAsync(Sh($"echo $$ >> {pids}; sleep 600"), Token))
        {
            await AwaitPidsAsync(pids, 1);
            cancel.CancelAfter(TimeSpan.FromSeconds(1));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FeedAsync(command, 60_000_000, token: cancel.Token));
        }

        await AssertGoneAsync(pids, 1);
    }

    [Fact]
    public async Task A_fed_command_that_takes_too_long_is_ended()
    {
        var pids = Folder["pids"];
        await using var command = await Host.FeedAsync(Sh($"echo $$ >> {pids}; exec sleep 600") with { Timeout = TimeSpan.FromSeconds(3) }, Token);
        await command.Output.CopyToAsync(Stream.Null, Token);

        Assert.Equal("DR6007", (await Assert.ThrowsAsync<TransientFaultException>(() => command.CompleteAsync(Token))).Code);
        await AssertGoneAsync(pids, 1);
    }

    private static async Task FeedAsync(IFedCommand command, long bytes, Action<long>? fed = null, CancellationToken? token = null)
    {
        var buffer = new byte[1 << 20];
        for (var left = bytes; left > 0; left -= Math.Min(left, buffer.Length))
        {
            await command.Input.WriteAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), token ?? Token);
            fed?.Invoke(bytes - left);
        }

        await command.Input.DisposeAsync();
    }
}
