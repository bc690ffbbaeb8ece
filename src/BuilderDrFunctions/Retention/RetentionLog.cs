using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Retention;

/// <summary>Log messages of retention, events 3600 to 3699.</summary>
internal static partial class RetentionLog
{
    [LoggerMessage(3600, LogLevel.Information, "Set {Label} of site {Site} has expired: {Bytes} bytes of its files are removed")]
    public static partial void SetExpired(this ILogger logger, string label, string site, long bytes);

    [LoggerMessage(3601, LogLevel.Warning, "Set {Label} of site {Site} was to expire: {Problem}")]
    public static partial void SetNotExpired(this ILogger logger, string label, string site, string problem);

    [LoggerMessage(3602, LogLevel.Information, "Site {Site}: {Objects} stored objects ({Bytes} bytes) are named by no set")]
    public static partial void GarbageFound(this ILogger logger, string site, long objects, long bytes);

    [LoggerMessage(3603, LogLevel.Warning, "Site {Site}: the vault refuses to remove {Refused} objects that no set needs, first: {First}")]
    public static partial void GarbageRefused(this ILogger logger, string site, long refused, string first);

    [LoggerMessage(3604, LogLevel.Information, "Expiry {OperationId} of site {Site}: {Expired} sets and {Objects} objects removed, {Bytes} bytes freed")]
    public static partial void ExpiryDone(this ILogger logger, string operationId, string site, int expired, long objects, long bytes);

    [LoggerMessage(3605, LogLevel.Information, "Set {Label} of site {Site} is held")]
    public static partial void SetHeld(this ILogger logger, string label, string site);

    [LoggerMessage(3606, LogLevel.Information, "Set {Label} of site {Site} is no longer held")]
    public static partial void HoldEnded(this ILogger logger, string label, string site);
}
