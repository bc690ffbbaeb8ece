namespace BuilderDrFunctions.Sandbox.FaultyS3;

/// <summary>What a faulty endpoint does to a request.</summary>
public enum S3Fault
{
    /// <summary>Answers as it should.</summary>
    None,

    /// <summary>HTTP 500 InternalError.</summary>
    Error500,

    /// <summary>HTTP 503 SlowDown with <c>Retry-After: 0</c>.</summary>
    Busy503,

    /// <summary>Half the body, then silence.</summary>
    Silence,

    /// <summary>Half the body, then the connection is cut.</summary>
    Truncated,

    /// <summary>Another ETag than the object's.</summary>
    WrongETag,

    /// <summary>The connection is cut before an answer.</summary>
    Cut,

    /// <summary>One byte of the body is another.</summary>
    FlippedByte,
}
