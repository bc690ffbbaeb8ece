namespace Microsoft.Azure.Functions.Worker;

/// <summary>Runs a function for an HTTP request.</summary>
/// <remarks>As in the contract, the constructor that takes methods alone leaves <see cref="AuthLevel"/> at <see cref="AuthorizationLevel.Anonymous"/>.</remarks>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HttpTriggerAttribute : TriggerBindingAttribute
{
    public HttpTriggerAttribute() => AuthLevel = AuthorizationLevel.Function;

    public HttpTriggerAttribute(params string[] methods) => Methods = methods;

    public HttpTriggerAttribute(AuthorizationLevel authLevel) => AuthLevel = authLevel;

    public HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) => (AuthLevel, Methods) = (authLevel, methods);

    /// <summary>Route template below the prefix; the function's name when null.</summary>
    public string? Route { get; set; }

    /// <summary>All methods when null.</summary>
    public string[]? Methods { get; private set; }

    public AuthorizationLevel AuthLevel { get; private set; }
}

/// <summary>What a request must show. A key of a higher level satisfies every lower one.</summary>
public enum AuthorizationLevel
{
    Anonymous = 0,
    User = 1,
    Function = 2,
    System = 3,
    Admin = 4,
}

/// <summary>Runs a function by the clock.</summary>
/// <param name="schedule">NCRONTAB with five or six fields (six: seconds first), or <c>%SETTING%</c>.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class TimerTriggerAttribute(string schedule) : TriggerBindingAttribute
{
    public string Schedule { get; private set; } = schedule;

    /// <summary>Whether a missed occurrence is made up for at the next start. Off by itself below one minute.</summary>
    public bool UseMonitor { get; set; } = true;

    public bool RunOnStartup { get; set; }
}

/// <summary>Bound to the timer's parameter.</summary>
public class TimerInfo
{
    /// <summary>Null when the timer keeps no status.</summary>
    public ScheduleStatus? ScheduleStatus { get; set; }

    /// <summary>This run makes up for an occurrence that passed while nothing ran.</summary>
    public bool IsPastDue { get; set; }
}

/// <summary>Times in UTC; <c>default</c> means never.</summary>
public class ScheduleStatus
{
    public DateTime Last { get; set; }

    public DateTime Next { get; set; }

    public DateTime LastUpdated { get; set; }
}

/// <summary>The parameter is the orchestration's context.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OrchestrationTriggerAttribute : TriggerBindingAttribute;

/// <summary>The parameter is the activity's input, any JSON type.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ActivityTriggerAttribute : TriggerBindingAttribute;

/// <summary>Binds a <c>DurableTaskClient</c>, and nothing else.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class DurableClientAttribute : BindingAttribute;
