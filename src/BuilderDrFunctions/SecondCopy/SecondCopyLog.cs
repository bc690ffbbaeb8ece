using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.SecondCopy;

/// <summary>Log messages of the second copy, events 3800 to 3899.</summary>
internal static partial class SecondCopyLog
{
    [LoggerMessage(3800, LogLevel.Information, "Set {Label} of site {Site}: {Objects} artifacts ({Bytes} bytes) are to be copied to the second vault")]
    public static partial void CopyPlanned(this ILogger logger, string label, string site, long objects, long bytes);

    [LoggerMessage(3801, LogLevel.Information, "Set {Label} of site {Site} is committed in the second vault")]
    public static partial void SetCopied(this ILogger logger, string label, string site);
}
