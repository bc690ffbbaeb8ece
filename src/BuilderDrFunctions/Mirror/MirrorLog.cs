using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Mirror;

/// <summary>Log messages of the mirror, events 3000 to 3099.</summary>
internal static partial class MirrorLog
{
    [LoggerMessage(3000, LogLevel.Information, "Site {Site}, {Pass} pass: {Objects} objects ({Bytes} bytes) in the bucket, {ToFetch} ({ToFetchBytes} bytes) to fetch in {Batches} batches")]
    public static partial void MirrorPlanned(this ILogger logger, string site, MirrorPass pass, long objects, long bytes, long toFetch, long toFetchBytes, int batches);

    [LoggerMessage(3001, LogLevel.Information, "Site {Site}, batch {Batch}: {Fetched} objects ({FetchedBytes} bytes) fetched, {Kept} found in the vault, {Vanished} vanished, {Unreadable} unreadable")]
    public static partial void BatchFetched(this ILogger logger, string site, int batch, long fetched, long fetchedBytes, long kept, long vanished, long unreadable);

    [LoggerMessage(3002, LogLevel.Information, "Site {Site}, {Pass} pass: inventory of {Objects} objects settled, {Fetched} ({FetchedBytes} bytes) fetched")]
    public static partial void MirrorSettled(this ILogger logger, string site, MirrorPass pass, long objects, long fetched, long fetchedBytes);
}
