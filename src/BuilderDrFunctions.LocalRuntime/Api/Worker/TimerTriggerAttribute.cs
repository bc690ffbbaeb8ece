namespace Microsoft.Azure.Functions.Worker;

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
