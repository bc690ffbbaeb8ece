namespace BuilderDrFunctions.Faults;

/// <summary>An error that may pass: a refused connection, a throttled store. Retry policies try again.</summary>
public sealed class TransientFaultException(string code, string what, string hint) : FaultException(code, what, hint);
