using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Verify;

/// <summary>Log messages of verifications, events 3500 to 3599.</summary>
internal static partial class VerifyLog
{
    [LoggerMessage(3500, LogLevel.Information, "Verification {OperationId} of set {Label} of site {Site} begins")]
    public static partial void VerifyStarted(this ILogger logger, string operationId, string label, string site);

    [LoggerMessage(3501, LogLevel.Information, "Set {Label} of site {Site} is as it was written: {Files} files, {Objects} artifacts, {Bytes} bytes read")]
    public static partial void VerifyPassed(this ILogger logger, string label, string site, int files, long objects, long bytes);

    [LoggerMessage(3502, LogLevel.Error, "Set {Label} of site {Site} is NOT as it was written, {Findings} findings, first: {First}")]
    public static partial void VerifyFailed(this ILogger logger, string label, string site, long findings, string first);

    [LoggerMessage(3504, LogLevel.Warning, "Set {Label} of site {Site} in the second vault: {Mended} artifacts or files were damaged or lost and were copied again; {Problems} problems are left, first: {First}")]
    public static partial void CopyWasDamaged(this ILogger logger, string label, string site, long mended, int problems, string first);

    [LoggerMessage(3505, LogLevel.Warning, "Set {Label} of site {Site} is dated in the future, because the clock was or is wrong: the scheduled verification does not take it for the newest")]
    public static partial void AheadPassedOver(this ILogger logger, string label, string site);

    [LoggerMessage(3503, LogLevel.Warning, "The scheduled verification of site {Site} has nothing to verify: there is no committed set")]
    public static partial void NothingToVerify(this ILogger logger, string site);
}
