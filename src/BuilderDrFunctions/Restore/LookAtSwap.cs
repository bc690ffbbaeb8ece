using System.Text.Json.Serialization;
using BuilderDrFunctions.Sites;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Restore;

/// <summary>Tells by their names which databases are live now, after a swap or its undoing failed.</summary>
public sealed class LookAtSwap(ISiteDirectory sites, TimeProvider time)
{
    /// <summary>Changes nothing.</summary>
    [Function(nameof(LookAtSwap))]
    public async Task<SwapState> RunAsync([ActivityTrigger] SwapOrder order, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(order.Site);
        return await new DatabaseSwap(await site.GetPostgresAsync(cancellationToken), time).LookAsync(order, cancellationToken);
    }
}

/// <summary>Which databases bear the live names.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SwapState>))]
public enum SwapState
{
    /// <summary>Nobody can tell.</summary>
    Unknown,

    /// <summary>Those from before the restore; on a new machine none.</summary>
    Former,

    /// <summary>The restored ones.</summary>
    Restored,
}
