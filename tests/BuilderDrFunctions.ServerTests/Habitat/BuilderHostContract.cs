using System.Globalization;
using System.Text;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Habitat;

/// <summary>What every Builder host does, over SSH or on this machine.</summary>
public abstract class BuilderHostContract : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IBuilderHost Host { get; private set; } = null!;

    protected TemporaryFolder Folder { get; } = new("host");

    public async ValueTask InitializeAsync() => Host = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<IBuilderHost> OpenAsync();

    [Fact]
    public Task A_host_that_runs_commands_passes_the_check() => Host.CheckAsync(Token);

    [Fact]
    public async Task Output_error_and_exit_code_come_back()
    {
        var result = await Host.RunAsync(Sh("echo out; echo err >&2; exit 7"), Token);

        Assert.Equal(new HostCommandResult(7, "out\n", "err\n"), result);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("two words")]
    [InlineData("")]
    [InlineData("it's; touch /tmp/x `id` $(id) $HOME \\ \" * ? ! ~ # & | > <")]
    [InlineData("ünïcode\nnewline\ttab")]
    [InlineData("-n")]
    public async Task An_argument_arrives_as_it_is(string argument)
    {
        var result = await Host.RunAsync(new HostCommand("printf", ["%s|%s", argument, "end"]), Token);

        Assert.Equal((0, argument + "|end"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task Words_of_the_program_come_before_the_arguments()
    {
        var result = await Host.RunAsync(new HostCommand("env A=1 printf %s,%s", ["x y", "z"]), Token);

        Assert.Equal("x y,z", result.Output);
    }

    [Fact]
    public async Task A_secret_reaches_the_command_and_no_process_list()
    {
        const string secret = "p'a\\ss $w\"ord\t ";
        var command = Sh($"printf %s \"$PGPASSWORD\"; cat /proc/[0-9]*/cmdline > {Folder["list"]} 2>/dev/null") with
        {
            SecretEnvironment = new Dictionary<string, string>(StringComparer.Ordinal) { ["OTHER"] = "1", ["PGPASSWORD"] = secret },
        };

        var result = await Host.RunAsync(command, Token);

        Assert.Equal(secret, result.Output);
        var list = await File.ReadAllTextAsync(Folder["list"], Token);
        Assert.Contains("$PGPASSWORD", list, StringComparison.Ordinal);
        Assert.DoesNotContain("a\\ss", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_missing_gives_127() =>
        Assert.Equal(127, (await Host.RunAsync(new HostCommand("no-such-program", []), Token)).ExitCode);

    [Fact]
    public async Task A_command_that_takes_too_long_is_ended_with_all_it_started()
    {
        var pids = Folder["pids"];
        var command = Sh($"sleep 600 & echo $! >> {pids}; echo $$ >> {pids}; wait") with { Timeout = TimeSpan.FromSeconds(3) };
        await Host.CheckAsync(Token);

        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => Host.RunAsync(command, Token));

        Assert.Equal("DR6007", fault.Code);
        await AssertGoneAsync(pids, 2);
    }

    [Fact]
    public async Task A_cancelled_command_is_ended()
    {
        var pids = Folder["pids"];
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = Assert.ThrowsAnyAsync<OperationCanceledException>(() => Host.RunAsync(Sh($"echo $$ >> {pids}; exec sleep 600"), cancel.Token));
        await AwaitPidsAsync(pids, 1);

        await cancel.CancelAsync();

        await running;
        await AssertGoneAsync(pids, 1);
    }

    [Fact]
    public async Task A_command_that_ignores_SIGTERM_is_killed()
    {
        var pids = Folder["pids"];
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Host.RunAsync(Sh($"trap '' TERM; echo $$ >> {pids}; while :; do sleep 1; done"), cancel.Token));
        await AwaitPidsAsync(pids, 1);

        await cancel.CancelAsync();

        await running;
        await AssertGoneAsync(pids, 1);
    }

    [Fact]
    public async Task Too_much_output_is_a_fault()
    {
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Host.RunAsync(new HostCommand("head", ["-c", "6000000", "/dev/zero"]), Token));

        Assert.Equal("DR6009", fault.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(2_097_152)]
    [InlineData(8_388_608)]
    [InlineData(33_000_001)]
    public async Task Every_byte_of_a_stream_arrives_with_the_exit_code(int bytes)
    {
        await using var command = await Host.StreamAsync(Sh($"head -c {bytes} /dev/zero | tr '\\0' x; echo bye >&2; exit 3"), Token);

        var (count, wrong) = (0L, 0);
        var buffer = new byte[100_000];
        while (await command.Output.ReadAsync(buffer, Token) is > 0 and var read)
        {
            count += read;
            wrong += buffer.AsSpan(0, read).ContainsAnyExcept((byte)'x') ? 1 : 0;
        }

        var result = await command.CompleteAsync(Token);
        Assert.Equal((bytes, 0), (count, wrong));
        Assert.Equal((3, "bye\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task A_streamed_command_gets_its_secrets()
    {
        var secret = new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSWORD"] = "se cret" };
        await using var command = await Host.StreamAsync(Sh("printf %s \"$PGPASSWORD\"") with { SecretEnvironment = secret }, Token);

        using var reader = new StreamReader(command.Output);
        Assert.Equal("se cret", await reader.ReadToEndAsync(Token));
        Assert.Equal(0, (await command.CompleteAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task A_stream_that_is_not_read_holds_its_command_back()
    {
        var progress = Folder["progress"];
        const string script = "i=0; while [ $i -lt 60 ]; do head -c 1000000 /dev/zero; i=$((i+1)); echo $i > {0}; done";
        await using var command = await Host.StreamAsync(Sh(string.Format(CultureInfo.InvariantCulture, script, progress)), Token);
        await command.Output.ReadExactlyAsync(new byte[1], Token);

        var stalled = await AwaitStallAsync(progress);
        // so no more than 20 MB can lie in memory either, whose whole other tests change meanwhile
        Assert.InRange(stalled, -1, 20);

        var buffer = new byte[1 << 20];
        var total = 1L;
        while (await command.Output.ReadAsync(buffer, Token) is > 0 and var read)
        {
            total += read;
        }

        Assert.Equal(60_000_000, total);
        Assert.Equal(0, (await command.CompleteAsync(Token)).ExitCode);
    }

    [Theory]
    [InlineData("exec sleep 600")]
    [InlineData("exec cat /dev/zero")]
    [InlineData("printf x; exec sleep 600")]
    [InlineData("trap '' TERM; while :; do sleep 1; done")]
    public async Task Disposing_a_stream_ends_its_command(string script)
    {
        var pids = Folder["pids"];
        await using (await Host.StreamAsync(Sh($"echo $$ >> {pids}; {script}"), Token))
        {
            await AwaitPidsAsync(pids, 1);
        }

        await AssertGoneAsync(pids, 1);
    }

    [Fact]
    public async Task A_streamed_command_that_takes_too_long_is_ended()
    {
        var pids = Folder["pids"];
        var shell = Sh($"echo $$ >> {pids}; printf x; exec sleep 600") with { Timeout = TimeSpan.FromSeconds(3) };
        await Host.CheckAsync(Token);
        await using var command = await Host.StreamAsync(shell, Token);
        await command.Output.CopyToAsync(Stream.Null, Token);

        Assert.Equal("DR6007", (await Assert.ThrowsAsync<TransientFaultException>(() => command.CompleteAsync(Token))).Code);
        await AssertGoneAsync(pids, 1);
    }

    [Fact]
    public async Task A_file_is_written_whole_with_its_mode_and_read_back()
    {
        var content = Enumerable.Range(0, 100_000).Select(i => (byte)i).ToArray();
        var file = new HostFile(Folder["made/for it/key"], content.Length, (UnixFileMode)0b110_000_000, Environment.UserName);

        await Host.WriteFileAsync(file, content, Token);
        Assert.Equal(content, await Host.ReadFileAsync(file.Path, Token));
        await Host.WriteFileAsync(file with { Mode = (UnixFileMode)0b110_100_100 }, "new"u8.ToArray(), Token);

        Assert.Equal("new", Encoding.ASCII.GetString((await Host.ReadFileAsync(file.Path, Token))!));
        Assert.Equal([file with { Bytes = 3, Mode = (UnixFileMode)0b110_100_100 }], await Host.FindFilesAsync(file.Path, Token));
        Assert.Equal([file.Path], Directory.GetFiles(Path.GetDirectoryName(file.Path)!));
    }

    [Fact]
    public async Task An_empty_file_is_a_file()
    {
        await Host.WriteFileAsync(new HostFile(Folder["empty"], 0, (UnixFileMode)0b110_000_000, null), default, Token);

        Assert.Equal(0, (await Host.ReadFileAsync(Folder["empty"], Token))?.Length);
    }

    [Fact]
    public async Task A_file_that_is_absent_is_null_and_a_folder_unreadable()
    {
        Assert.Null(await Host.ReadFileAsync(Folder["none/at/all"], Token));
        Assert.Equal("DR6010", (await Assert.ThrowsAsync<PermanentFaultException>(() => Host.ReadFileAsync(Folder.FullPath, Token))).Code);
    }

    [Fact]
    public async Task A_file_too_large_to_be_a_key_is_refused()
    {
        await File.WriteAllBytesAsync(Folder["large"], new byte[9_000_000], Token);

        Assert.Equal("DR6011", (await Assert.ThrowsAsync<PermanentFaultException>(() => Host.ReadFileAsync(Folder["large"], Token))).Code);
    }

    [Fact]
    public async Task An_unwritable_place_is_a_fault_that_says_why()
    {
        var file = new HostFile("/proc/none/file", 1, (UnixFileMode)0b110_000_000, null);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => Host.WriteFileAsync(file, new byte[1], Token));

        Assert.Equal("DR6012", fault.Code);
        Assert.Contains("/proc/none", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_found_by_pattern_in_ordinal_order()
    {
        string[] names = ["files/bldr-2.pub", "files/bldr-10.pub", "files/bldr-1.box.key", "files/other", "svc/builder-api/user.toml", "svc/builder x/user.toml"];
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Folder[name])!);
            await File.WriteAllTextAsync(Folder[name], name, Token);
        }

        Directory.CreateDirectory(Folder["files/bldr-3.pub"]);

        var keys = await Host.FindFilesAsync(Folder["files/bldr-*.pub"], Token);
        Assert.Equal([Folder["files/bldr-10.pub"], Folder["files/bldr-2.pub"]], keys.Select(file => file.Path), StringComparer.Ordinal);
        Assert.Equal((16L, Environment.UserName), (keys[1].Bytes, keys[1].Owner));
        Assert.Equal(
            [Folder["svc/builder x/user.toml"], Folder["svc/builder-api/user.toml"]],
            (await Host.FindFilesAsync(Folder["svc/builder?*/user.toml"], Token)).Select(file => file.Path),
            StringComparer.Ordinal);
        Assert.Empty(await Host.FindFilesAsync(Folder["none*/$(touch x)/*.key"], Token));
    }

    protected static HostCommand Sh(string script) => new("sh", ["-c", script]);

    protected static async Task AwaitPidsAsync(string file, int count) => Assert.True(await Condition.TryAwaitAsync(
        async token => File.Exists(file) && (await File.ReadAllLinesAsync(file, token)).Length >= count, Patience, Token), "not started");

    protected static async Task AssertGoneAsync(string file, int count)
    {
        var pids = await File.ReadAllLinesAsync(file, Token);
        Assert.Equal(count, pids.Length);
        Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(pids.All(pid => !Directory.Exists($"/proc/{pid}"))), Patience, Token), "still there");
    }

    /// <summary>The number in a file, once it has stopped rising.</summary>
    private static async Task<int> AwaitStallAsync(string file)
    {
        var last = -1;
        var since = TimeProvider.System.GetTimestamp();
        var stalled = await Condition.TryAwaitAsync(async token =>
        {
            var now = File.Exists(file) && int.TryParse(await File.ReadAllTextAsync(file, token), CultureInfo.InvariantCulture, out var read) ? read : last;
            since = now == last ? since : TimeProvider.System.GetTimestamp();
            last = now;
            return TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromMilliseconds(700);
        }, Patience, Token);
        Assert.True(stalled, "never held back");
        return last;
    }
}
