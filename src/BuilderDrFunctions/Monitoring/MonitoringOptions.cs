using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Limits that are watched: section <c>Monitoring</c>.</summary>
public sealed class MonitoringOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Monitoring";

    /// <summary>How long a run may keep the API down before it, or the watchdog, starts it all the same. Default: 2 hours.</summary>
    /// <remarks>The set stays good: the dump shows its snapshot, and artifacts are mirrored after it.</remarks>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan MaxApiDowntime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How old the last verification of a site may become before health warns. Default: 35 days, a month and a few.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "1000.00:00:00")]
    public TimeSpan MaxVerifyAge { get; init; } = TimeSpan.FromDays(35);

    /// <summary>How old the last drill of a site may become before health warns. Default: 8 days, a week and one.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "1000.00:00:00")]
    public TimeSpan MaxDrillAge { get; init; } = TimeSpan.FromDays(8);

    /// <summary>How old what a spare shows may become before health warns. Default: 36 days, a day more than verifications.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "1000.00:00:00")]
    public TimeSpan MaxSpareAge { get; init; } = TimeSpan.FromDays(36);

    /// <summary>How long after its time a scheduled backup may begin before health calls the schedule dead. Default: 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan ScheduleGrace { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Limit for one check of <c>GET /api/health</c>: longer than <c>Service__ConnectTimeout</c>, so that a host that does not answer is told as that. Default: 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00")]
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For how long a successful test write to the vault is believed. Default: 1 minute.</summary>
    /// <remarks>A vault that keeps versions keeps one of each test write.</remarks>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan VaultProbeInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an operation can be asked for after it began; then it is purged from the durable store. Default: 400 days.</summary>
    /// <remarks>The audit trail, the sets and the reports of merges are in the vault and are not touched.</remarks>
    [Range(typeof(TimeSpan), "30.00:00:00", "10000.00:00:00")]
    public TimeSpan KeepOperations { get; init; } = TimeSpan.FromDays(400);
}

/// <summary>Checks the ranges at start.</summary>
[OptionsValidator]
internal sealed partial class MonitoringOptionsValidator : IValidateOptions<MonitoringOptions>;
