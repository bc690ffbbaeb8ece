namespace BuilderDrFunctions.Postgres;

/// <summary>Adds up the digests of tables that are read in parts, from several connections at once.</summary>
internal sealed class DigestCollection
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SqlName, TableDigest> _digests = [];
    private readonly Dictionary<SqlName, int> _missing;
    private readonly Action<int>? _progress;
    private int _complete;

    /// <summary>Waits for all parts.</summary>
    /// <param name="parts">All that will be added.</param>
    /// <param name="progress">Told how many tables are complete.</param>
    public DigestCollection(IEnumerable<TablePart> parts, Action<int>? progress)
    {
        _missing = parts.CountBy(part => part.Table.Name).ToDictionary();
        _progress = progress;
    }

    /// <summary>Adds one part.</summary>
    public void Add(SqlName table, TableDigest digest)
    {
        lock (_lock)
        {
            _digests[table] = _digests.GetValueOrDefault(table) + digest;
            if (--_missing[table] == 0)
            {
                _progress?.Invoke(++_complete);
            }
        }
    }

    /// <summary>The tables in ordinal order.</summary>
    public IReadOnlyList<TableFingerprint> Tables()
    {
        lock (_lock)
        {
            return [.. _digests.OrderBy(entry => entry.Key, SqlName.Order).Select(entry => new TableFingerprint(entry.Key.Schema, entry.Key.Name, entry.Value.Rows, entry.Value.ToString()))];
        }
    }
}
