namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Who an orchestration is; does not change while it lives, whatever it does.</summary>
internal sealed record OrchestrationIdentity(string InstanceId, string Name, ParentLink? ParentLink)
{
    private const int LongestInstanceId = 256;

    public ParentOrchestrationInstance? Parent =>
        ParentLink is { } link ? new ParentOrchestrationInstance(link.Name, link.InstanceId) : null;

    /// <summary>The documented rule: 1 to 256 characters, no leading @, none of / \ # ? and no control characters.</summary>
    /// <exception cref="ArgumentException">The id breaks the rule.</exception>
    public static void RequireValidInstanceId(string instanceId)
    {
        if (instanceId.Length is 0 or > LongestInstanceId || instanceId[0] == '@'
            || instanceId.Any(letter => letter is '/' or '\\' or '#' or '?' || char.IsControl(letter)))
        {
            throw new ArgumentException(
                $"An instance id has 1 to {LongestInstanceId} characters, does not begin with '@' and holds none of / \\ # ? and no "
                + "control characters. HINT: build it from letters, digits, '-' and '_'.", nameof(instanceId));
        }
    }
}

/// <summary>Where a sub-orchestration's result goes: the call of one run of its parent.</summary>
internal sealed record ParentLink(string InstanceId, string Name, long Run, int TaskId);
