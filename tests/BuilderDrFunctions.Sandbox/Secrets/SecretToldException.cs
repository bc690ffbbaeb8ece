namespace BuilderDrFunctions.Sandbox.Secrets;

/// <summary>Something told a secret. Says which and where, and not the secret.</summary>
public sealed class SecretToldException(IReadOnlyList<string> findings)
    : Exception($"secrets were told:\n{string.Join('\n', findings)}")
{
    /// <summary>A line for each secret and place.</summary>
    public IReadOnlyList<string> Findings { get; } = findings;
}
