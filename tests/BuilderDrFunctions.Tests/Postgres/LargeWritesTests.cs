using System.Runtime.Versioning;
using BuilderDrFunctions.Postgres;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

[UnsupportedOSPlatform("windows")]
public sealed class LargeWritesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("builder-dr-tests-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gives_a_program_that_bears_it_a_larger_buffer()
    {
        var program = await WriteAsync("echo \"$_STDBUF_O\"");
        var prefix = await LargeWrites.PrefixAsync(program, Cancellation);
        Assert.Equal("1048576\n", await OutputAsync([.. prefix, program]));
    }

    [Theory]
    [InlineData("test -z \"$LD_PRELOAD\" || exit 1")]
    [InlineData("test -z \"$LD_PRELOAD\" || kill -KILL $$")]
    [InlineData("test -z \"$LD_PRELOAD\" || echo 'object cannot be preloaded: ignored' >&2")]
    public async Task Leaves_a_program_alone_that_does_not_run_as_well_with_it(string script)
    {
        var program = await WriteAsync(script);
        Assert.Empty(await LargeWrites.PrefixAsync(program, Cancellation));
        Assert.Empty(await LargeWrites.PrefixAsync(program, Cancellation));
    }

    [Fact]
    public async Task Tries_a_program_once_and_again_when_it_was_replaced()
    {
        var program = await WriteAsync($"echo tried >> {_folder}/trials");
        await LargeWrites.PrefixAsync(program, Cancellation);
        await LargeWrites.PrefixAsync(program, Cancellation);
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_folder, "trials"), Cancellation));

        await WriteAsync("exit 1");
        File.SetLastWriteTimeUtc(program, DateTime.UtcNow.AddHours(1));
        Assert.Empty(await LargeWrites.PrefixAsync(program, Cancellation));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> WriteAsync(string script)
    {
        var program = Path.Combine(_folder, "tool");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\n{script}\n", Cancellation);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return program;
    }

    private static async Task<string> OutputAsync(IReadOnlyList<string> command)
    {
        await using var run = new LocalToolRun("tool", await ToolLauncher.StartAsync(command, new Dictionary<string, string?>(StringComparer.Ordinal)));
        using var reader = new StreamReader(run.Output, leaveOpen: true);
        var output = await reader.ReadToEndAsync(Cancellation);
        await run.CompleteAsync(Cancellation);
        return output;
    }
}
