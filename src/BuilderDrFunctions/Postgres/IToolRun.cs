namespace BuilderDrFunctions.Postgres;

/// <summary>A running pg_dump or pg_restore. Disposing it kills the process and waits until it is gone.</summary>
internal interface IToolRun : IAsyncDisposable
{
    /// <summary>The tool's name.</summary>
    string Tool { get; }

    /// <summary>Its standard output.</summary>
    Stream Output { get; }

    /// <summary>Its standard input; null where it cannot be fed.</summary>
    Stream? Input { get; }

    /// <summary>Begins to end it, so that a read under way returns.</summary>
    void Abort();

    /// <summary>Waits for its end, once the output is read.</summary>
    Task<ToolExit> CompleteAsync(CancellationToken cancellationToken);
}

/// <summary>How a tool ended.</summary>
/// <param name="Code">128 and the signal's number when it was killed.</param>
/// <param name="Error">The end of its standard error.</param>
internal sealed record ToolExit(int Code, string Error);
