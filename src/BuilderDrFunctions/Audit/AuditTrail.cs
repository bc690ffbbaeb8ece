using System.Runtime.CompilerServices;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.Audit;

/// <summary>Who did what, and how it ended: an append-only chain of records in the vault.</summary>
/// <remarks>
/// Each record carries the digest of the one before, and each is a conditional create of the next number, so appends at the same
/// time cannot fork the chain. What this proves against someone who can write the vault rests on its immutability and on the heads
/// that are in the log: see docs/security.md.
/// </remarks>
public sealed class AuditTrail(IVault vault, ILogger<AuditTrail> logger) : IDisposable
{
    private const int Window = 16;
    private const int MostFindings = 100;

    private readonly AuditStore _store = new(vault);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private AuditHead? _end;

    /// <summary>Appends an entry and gives its number.</summary>
    public async Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var end = _end ?? await FindEndAsync(cancellationToken);
            while (true)
            {
                var record = new AuditRecord(
                    end.Sequence + 1, entry.At, entry.Who, entry.What, entry.Site, entry.OperationId, entry.Subject, entry.Outcome, entry.Code, end.Sha256);
                var content = JsonSerializer.SerializeToUtf8Bytes(record, CatalogJson.Options);
                var taken = !await _store.TryCreateAsync(record.Sequence, content, cancellationToken);
                end = taken && await _store.FindAsync(record.Sequence, cancellationToken) is { } other
                    ? new AuditHead(record.Sequence, other.Sha256)
                    : new AuditHead(record.Sequence, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content)));
                _end = end;
                if (!taken)
                {
                    await _store.MoveHeadAsync(end, cancellationToken);
                    logger.AuditAppended(end.Sequence, end.Sha256, entry.What, entry.Outcome);
                    return end.Sequence;
                }
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Appends an entry unless the newest records already tell of that run and that event.</summary>
    public async Task AppendOnceAsync(AuditEntry entry, int newest, CancellationToken cancellationToken)
    {
        var left = newest;
        await foreach (var record in ReadAsync(long.MaxValue, cancellationToken))
        {
            if (record.OperationId == entry.OperationId && record.What == entry.What)
            {
                return;
            }

            if (--left == 0)
            {
                break;
            }
        }

        await AppendAsync(entry, cancellationToken);
    }

    /// <summary>The records before a number, newest first; those that are gone or unreadable are passed over.</summary>
    public async IAsyncEnumerable<AuditRecord> ReadAsync(long before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = await FindEndAsync(cancellationToken);
        await foreach (var (_, stored) in ReadAsync(Math.Min(end.Sequence, before - 1), 1, cancellationToken))
        {
            if (stored?.Record is { } record)
            {
                yield return record;
            }
        }
    }

    /// <summary>Reads every record again and finds those that were removed or changed.</summary>
    public async Task<AuditVerdict> VerifyAsync(CancellationToken cancellationToken)
    {
        var (end, damage) = await _store.FindEndAsync(cancellationToken);
        var findings = new List<string>();
        var count = 0;
        var records = 0L;
        var expected = end.Sha256;
        void Find(string what)
        {
            if (++count <= MostFindings)
            {
                findings.Add(what);
            }
        }

        if (damage is not null)
        {
            Find($"the head cannot be read, so records taken off the end would not be missed: {damage.What}");
        }

        await foreach (var (sequence, stored) in ReadAsync(end.Sequence, 1, cancellationToken))
        {
            if (stored is null)
            {
                Find($"record {sequence} is missing");
                expected = null;
                continue;
            }

            records++;
            if (expected is not null && stored.Sha256 != expected)
            {
                Find(sequence == end.Sequence ? $"record {sequence}, the last, is not what the head says it was" : $"record {sequence} is not what record {sequence + 1} says it was");
            }

            if (stored.Record?.Sequence != sequence)
            {
                Find($"record {sequence} cannot be read as that record");
            }

            expected = stored.Record?.Previous;
        }

        if (expected is not null && expected != AuditHead.Empty.Sha256)
        {
            Find(end.Sequence == 0 ? "the head is not an empty trail's" : "record 1 says that there was one before it");
        }

        return new AuditVerdict(count == 0, records, end, count, findings);
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<AuditHead> FindEndAsync(CancellationToken cancellationToken)
    {
        var (end, damage) = await _store.FindEndAsync(cancellationToken);
        if (damage is not null)
        {
            logger.AuditHeadDamaged(damage.What, end.Sequence);
        }

        return end;
    }

    // From the newest to the oldest, some of them read ahead.
    private async IAsyncEnumerable<(long Sequence, StoredRecord? Stored)> ReadAsync(
        long newest, long oldest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ahead = new Queue<(long Sequence, Task<StoredRecord?> Read)>();
        var next = newest;
        while (next >= oldest || ahead.Count > 0)
        {
            while (next >= oldest && ahead.Count < Window)
            {
                ahead.Enqueue((next, _store.FindAsync(next, cancellationToken)));
                next--;
            }

            var (sequence, read) = ahead.Dequeue();
            yield return (sequence, await read);
        }
    }
}
