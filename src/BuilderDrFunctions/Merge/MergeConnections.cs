using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>One worker's connections, open as long as the merge: to the target, and to each source once it is asked for.</summary>
internal sealed class MergeConnections : IAsyncDisposable
{
    // The target is nobody's until it is renamed, and that commit makes all earlier ones durable.
    private const string OfTarget = "SET synchronous_commit = off; SET lock_timeout = 0; SET search_path = public";

    private readonly IReadOnlyDictionary<string, FrozenSource> _sources;
    private readonly Dictionary<string, NpgsqlConnection> _open = new(StringComparer.Ordinal);

    private MergeConnections(IReadOnlyDictionary<string, FrozenSource> sources, NpgsqlConnection target)
    {
        _sources = sources;
        Target = target;
    }

    /// <summary>To the database that takes the rows.</summary>
    public NpgsqlConnection Target { get; }

    /// <summary>Connects to the target.</summary>
    /// <param name="sources">What can be read.</param>
    /// <param name="target">Takes the rows.</param>
    /// <param name="owner">Whom everything that is made there belongs to: the one whom the sources belong to, whoever runs the merge.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<MergeConnections> OpenAsync(
        IReadOnlyDictionary<string, FrozenSource> sources, NpgsqlDataSource target, string owner, CancellationToken cancellationToken)
    {
        var connections = new MergeConnections(sources, await target.OpenConnectionAsync(cancellationToken));
        try
        {
            await connections.ExecuteAsync($"{OfTarget}; SET ROLE {SqlName.Quote(owner)}", cancellationToken);
            return connections;
        }
        catch
        {
            await connections.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs statements on the target, as one transaction.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, Target);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>To a source, in a transaction that sees its snapshot.</summary>
    public async Task<NpgsqlConnection> SourceAsync(string database, CancellationToken cancellationToken)
    {
        if (_sources[database].TryUse(this))
        {
            return _sources[database].Snapshot.Connection;
        }

        if (!_open.TryGetValue(database, out var connection))
        {
            connection = await _sources[database].Source.OpenConnectionAsync(cancellationToken);
            _open.Add(database, connection);
            // Closing the connection ends the transaction.
            await _sources[database].Snapshot.JoinAsync(connection, cancellationToken);
        }

        return connection;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _open.Values.Append(Target))
        {
            await connection.DisposeAsync();
        }
    }
}

/// <summary>The workers of a merge.</summary>
internal sealed class MergeWorkers : IAsyncDisposable
{
    private readonly List<MergeConnections> _all = [];

    /// <summary>All of them.</summary>
    public IReadOnlyList<MergeConnections> All => _all;

    /// <summary>Connects them to the target, all at once.</summary>
    public static async Task<MergeWorkers> OpenAsync(int count, Func<Task<MergeConnections>> open)
    {
        var workers = new MergeWorkers();
        try
        {
            await FirstFailure.WhenAllAsync([.. Enumerable.Range(0, count).Select(_ => workers.AddAsync(open))]);
            return workers;
        }
        catch
        {
            await workers.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _all)
        {
            await worker.DisposeAsync();
        }
    }

    private async Task AddAsync(Func<Task<MergeConnections>> open)
    {
        var worker = await open();
        lock (_all)
        {
            _all.Add(worker);
        }
    }
}
