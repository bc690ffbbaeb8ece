namespace BuilderDrFunctions.Habitat;

/// <summary>A script running on a host, whatever it was started by.</summary>
internal abstract class HostSession : IAsyncDisposable
{
    /// <summary>Its standard output; ends when the script has ended. Throws a fault where the connection broke.</summary>
    internal abstract Stream Output { get; }

    /// <summary>Its standard error.</summary>
    internal abstract Stream Error { get; }

    /// <summary>Its exit code; 128 and the signal's number where a signal ended it. A fault where the connection broke.</summary>
    internal abstract Task<int> Ended { get; }

    /// <summary>Writes to its standard input.</summary>
    internal abstract Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Ends its standard input, which ends whatever <see cref="HostScripts.Run"/> or <see cref="HostScripts.Stream"/> still runs.</summary>
    internal abstract void CloseInput();

    /// <summary>Ends the script, and waits until it has ended.</summary>
    public abstract ValueTask DisposeAsync();
}
