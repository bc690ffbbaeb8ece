using System.Runtime.CompilerServices;
using System.Threading.Channels;
using BuilderDrFunctions.ObjectStore;

namespace BuilderDrFunctions.Mirror;

/// <summary>Lists a bucket in several ranges of keys at once and gives the objects in order, in bounded memory.</summary>
internal static class ParallelListing
{
    // The listings awaited were begun by this very method; nothing here has a synchronization context.
#pragma warning disable VSTHRD003

    /// <summary>The whole bucket, in key order.</summary>
    /// <param name="store">The bucket.</param>
    /// <param name="splits">Where ranges end, in key order; they need not be keys that exist. Empty: one listing from end to end.</param>
    /// <param name="parallelism">Ranges under way at once.</param>
    /// <param name="ahead">Objects of one range held ready.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public static async IAsyncEnumerable<ObjectEntry> ListAsync(
        IObjectStore store, IReadOnlyList<string> splits, int parallelism, int ahead, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ranges = new Queue<(Channel<ObjectEntry> Objects, Task Listing)>();
        var next = 0;
        try
        {
            while (true)
            {
                while (next <= splits.Count && ranges.Count < parallelism)
                {
                    var (after, until) = (next == 0 ? null : splits[next - 1], next == splits.Count ? null : splits[next]);
                    var channel = Channel.CreateBounded<ObjectEntry>(new BoundedChannelOptions(ahead) { SingleReader = true, SingleWriter = true });
                    ranges.Enqueue((channel, ListRangeAsync(store, after, until, channel.Writer, stop.Token)));
                    next++;
                }

                if (!ranges.TryPeek(out var first))
                {
                    break;
                }

                await foreach (var entry in first.Objects.Reader.ReadAllAsync(cancellationToken))
                {
                    yield return entry;
                }

                // Tells why the range ended, if not because it was all.
                await first.Listing;
                ranges.Dequeue();
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(ranges.Select(range => range.Listing)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

#pragma warning restore VSTHRD003

    private static async Task ListRangeAsync(
        IObjectStore store, string? after, string? until, ChannelWriter<ObjectEntry> objects, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var entry in store.ListAsync("", after, cancellationToken).WithCancellation(cancellationToken))
            {
                if (until is not null && KeyOrder.Compare(entry.Key, until) > 0)
                {
                    break;
                }

                await objects.WriteAsync(entry, cancellationToken);
            }
        }
        finally
        {
            // The reader then awaits this task, which tells why it ended.
            objects.Complete();
        }
    }
}
