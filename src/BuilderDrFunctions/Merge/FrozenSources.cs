using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>The databases that a merge reads, frozen until this is disposed.</summary>
internal sealed class FrozenSources : IAsyncDisposable
{
    private readonly Dictionary<string, FrozenSource> _byName = new(StringComparer.Ordinal);

    /// <summary>By their names.</summary>
    public IReadOnlyDictionary<string, FrozenSource> ByName => _byName;

    /// <summary>Freezes one.</summary>
    public async Task AddAsync(string name, NpgsqlDataSource source, Func<Task<ExportedSnapshot>> freeze)
    {
        var snapshot = await freeze();
        lock (_byName)
        {
            _byName.Add(name, new FrozenSource(source, snapshot));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var source in _byName.Values)
        {
            await source.Snapshot.DisposeAsync();
        }
    }
}

/// <summary>A source database that nobody may write to while it lives.</summary>
/// <param name="Source">Its connections.</param>
/// <param name="Snapshot">What all of them see.</param>
internal sealed record FrozenSource(NpgsqlDataSource Source, ExportedSnapshot Snapshot)
{
    private MergeConnections? _user;

    /// <summary>The connection that offers the snapshot has nothing else to do: the first worker who asks may read over it.</summary>
    public bool TryUse(MergeConnections worker) => Interlocked.CompareExchange(ref _user, worker, comparand: null) is var user && (user is null || ReferenceEquals(user, worker));
}
