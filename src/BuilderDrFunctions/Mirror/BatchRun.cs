using System.Collections.Concurrent;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Mirror;

/// <summary>One attempt at a batch: its objects side by side, those that failed as often again at the end as there are rounds.</summary>
internal sealed class BatchRun(
    ObjectTransfer transfer, List<InventoryEntry> work, TransferLimits limits, int parallelism, IProgress<MirrorProgress>? progress)
{
    private readonly InventoryEntry?[] _results = new InventoryEntry?[work.Count];
    private readonly long _totalBytes = work.Sum(entry => entry.Bytes);
    private readonly Lock _lock = new();

    /// <summary>How often an object is tried.</summary>
    public required int Rounds { get; init; }

    /// <summary>Whether to look into the vault before fetching; turned on by the first object found there.</summary>
    public bool ChecksFirst { get; set; }

    /// <summary>The objects that failed, by place.</summary>
    public ConcurrentDictionary<int, TransientFaultException> Failures { get; } = new();

    /// <summary>What was done.</summary>
    public BatchReceipt Receipt { get; private set; } = new();

    /// <summary>The entries in the order of the work list.</summary>
    public IEnumerable<InventoryEntry> Results => _results.Select(entry => entry ?? throw new System.Diagnostics.UnreachableException());

    /// <summary>Does all of it.</summary>
    /// <exception cref="PermanentFaultException">At once, for what trying again cannot mend.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await RunAsync(Enumerable.Range(0, work.Count), cancellationToken);
        for (var round = 2; round <= Rounds && !Failures.IsEmpty; round++)
        {
            var again = Failures.Keys.Order().ToList();
            Failures.Clear();
            await RunAsync(again, cancellationToken);
        }
    }

    /// <summary>Notes the objects that failed as unreadable.</summary>
    public void NoteUnreadable()
    {
        foreach (var place in Failures.Keys)
        {
            Note(place, work[place] with { Verdict = ObjectVerdict.Unreadable, Sha256 = null }, wasFetched: false, wasKept: false);
        }

        Failures.Clear();
    }

    private Task RunAsync(IEnumerable<int> places, CancellationToken cancellationToken)
        => Parallel.ForEachAsync(
            places,
            new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken },
            async (place, token) =>
            {
                try
                {
                    await limits.RunAsync(limited => DoAsync(place, limited), token);
                }
                catch (TransientFaultException fault)
                {
                    Failures[place] = fault;
                }
            });

    private async Task<bool> DoAsync(int place, CancellationToken cancellationToken)
    {
        var wanted = work[place];
        if ((ChecksFirst || wanted.Sha256 is not null) && await transfer.FindStoredAsync(wanted, cancellationToken) is { } stored)
        {
            Note(place, stored, wasFetched: false, wasKept: true);
            return true;
        }

        var outcome = await transfer.FetchAsync(wanted, cancellationToken);
        ChecksFirst |= outcome.WasKept;
        Note(place, outcome.Entry, wasFetched: outcome.Entry.Name is not null, outcome.WasKept, outcome.WasMended);
        return true;
    }

    private void Note(int place, InventoryEntry entry, bool wasFetched, bool wasKept, bool wasMended = false)
    {
        lock (_lock)
        {
            _results[place] = entry;
            Receipt = Receipt.Plus(new BatchReceipt(
                Objects: 1,
                Bytes: entry.Bytes,
                Fetched: wasFetched ? 1 : 0,
                FetchedBytes: wasFetched ? entry.Bytes : 0,
                Kept: wasKept ? 1 : 0,
                Vanished: entry.Verdict == ObjectVerdict.Vanished ? 1 : 0,
                Unreadable: entry.Verdict == ObjectVerdict.Unreadable ? 1 : 0,
                Mended: wasMended ? 1 : 0));
            progress?.Report(new MirrorProgress("fetching", Receipt.Objects, Receipt.Bytes, work.Count, _totalBytes));
        }
    }
}
