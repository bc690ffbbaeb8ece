namespace BuilderDrFunctions.Faults;

/// <summary>An error that trying again cannot mend: a wrong password, a missing bucket. Retry policies stop at once.</summary>
public sealed class PermanentFaultException(string code, string what, string hint) : FaultException(code, what, hint);
