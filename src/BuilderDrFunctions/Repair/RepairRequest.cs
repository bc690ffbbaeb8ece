namespace BuilderDrFunctions.Repair;

/// <summary>What an operator asks for with <c>POST /api/repairs</c>.</summary>
public sealed record RepairRequest
{
    /// <summary>The site; may be left out when only one is configured.</summary>
    public string? Site { get; init; }

    /// <summary>Leave it out for a plan, which changes nothing. To have a plan carried out, give the operation that made it.</summary>
    public string? Plan { get; init; }

    /// <summary>With <see cref="Plan"/>: the site's name, as a second thought.</summary>
    public string? Confirm { get; init; }
}
