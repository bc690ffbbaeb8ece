using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Api;

/// <summary>A request that cannot be served as it was made; becomes an RFC 9457 problem with the given status.</summary>
/// <param name="status">HTTP status, 4xx.</param>
/// <param name="code">Number, DR10xx.</param>
/// <param name="what">What is wrong.</param>
/// <param name="hint">How to ask instead.</param>
/// <param name="field">The field at fault, where there is one.</param>
public sealed class RequestFaultException(int status, string code, string what, string hint, string? field = null) : FaultException(code, what, hint)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The field at fault.</summary>
    public string? Field { get; } = field;
}
