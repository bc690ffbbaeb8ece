using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace BuilderDrFunctions.Postgres;

/// <summary>A tool running on this machine.</summary>
internal sealed class LocalToolRun : IToolRun
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Task<string> _error;

    public LocalToolRun(string tool, Process process)
    {
        Tool = tool;
        _process = process;
        Output = new BatchedPipeStream(process.StandardOutput.BaseStream);
        _error = ReadTailAsync(process.StandardError.BaseStream);
    }

    public string Tool { get; }

    public Stream Output { get; }

    public Stream Input => _process.StandardInput.BaseStream;

    public int ProcessId => _process.Id;

    // a read from a pipe does not heed its token: only its writer's end wakes it
    public void Abort()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    [SuppressMessage("Usage", "VSTHRD003", Justification = "the task reads on the pool and needs no thread of ours")]
    public async Task<ToolExit> CompleteAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return new ToolExit(_process.ExitCode, await _error.WaitAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Abort();
        using var limit = new CancellationTokenSource(EndLimit);
        await _process.WaitForExitAsync(limit.Token);
        await Output.DisposeAsync();
        _process.Dispose();
    }

    // pg_dump's last words say why it failed; a chatty one must not fill the memory
    private static async Task<string> ReadTailAsync(Stream stream)
    {
        var tail = new byte[StandardErrorText.Bytes];
        var length = 0;
        var piece = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(piece, CancellationToken.None)) > 0)
        {
            var kept = Math.Min(length, tail.Length - read);
            tail.AsSpan(length - kept, kept).CopyTo(tail);
            piece.AsSpan(0, read).CopyTo(tail.AsSpan(kept));
            length = kept + read;
        }

        return Encoding.UTF8.GetString(tail, 0, length);
    }
}
