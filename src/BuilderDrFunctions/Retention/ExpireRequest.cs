namespace BuilderDrFunctions.Retention;

/// <summary>What an operator asks for with <c>POST /api/expire</c>.</summary>
public sealed record ExpireRequest
{
    /// <summary>The site; may be left out when only one is configured.</summary>
    public string? Site { get; init; }

    /// <summary>True, the default: says what would go and changes nothing.</summary>
    public bool Plan { get; init; } = true;
}
