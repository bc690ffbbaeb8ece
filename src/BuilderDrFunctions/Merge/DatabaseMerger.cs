using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;

namespace BuilderDrFunctions.Merge;

/// <summary>Merges the two legacy databases into one: under a temporary name, proved table by table, and renamed last.</summary>
/// <remarks>The sources are only read. Whatever fails leaves at most a database of that temporary name, which the next run drops.</remarks>
internal sealed class DatabaseMerger(PostgresServer postgres, DatabaseMergeNames names, TimeProvider time)
{
    private const string Schema = ShardedDatabase.MergedSchema;
    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(60);

    /// <summary>Copies and digests so many tables, or ranges of them, at once.</summary>
    public int Parallelism { get; init; } = MergeOptions.DefaultParallelism;

    /// <summary>Makes the merged database, whole and proved, under its temporary name.</summary>
    /// <exception cref="FaultException">DR3xxx or DR7xxx; nothing is left then, unless the server is gone.</exception>
    public async Task<MergeResult> CopyAsync(IProgress<MergeProgress>? progress, CancellationToken cancellationToken)
    {
        var probing = postgres.ProbeAsync(cancellationToken);
        var finding = postgres.FindOwnerAsync(names.Originsrv, cancellationToken);
        var dropping = DropLeftoversAsync(cancellationToken);
        await FirstFailure.WhenAllAsync([probing, finding, dropping]);
        if ((await dropping).Contains(names.Target, StringComparer.Ordinal))
        {
            throw MergeFaults.TargetExists(names.Target, postgres.Description);
        }

        var server = await probing;
        var owner = await finding ?? throw MergeFaults.NoDatabase(names.Originsrv, postgres.Description);
        var isProved = false;
        try
        {
            var result = await FillAsync(server, owner, progress, cancellationToken);
            isProved = true;
            return result;
        }
        finally
        {
            if (!isProved)
            {
                await CleanUpAsync();
            }
        }
    }

    /// <summary>Gives the merged database its name; done already is success.</summary>
    /// <exception cref="FaultException">DR3xxx or DR7xxx; nothing was renamed then.</exception>
    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        var databases = await postgres.ListDatabasesAsync(cancellationToken);
        var isThere = databases.Contains(names.Target, StringComparer.Ordinal);
        if (!databases.Contains(names.Temporary, StringComparer.Ordinal))
        {
            if (!isThere)
            {
                throw MergeFaults.Vanished(names.Target, names.Temporary);
            }

            return;
        }

        if (isThere)
        {
            throw MergeFaults.TargetExists(names.Target, postgres.Description);
        }

        // the last sessions end a moment after their connections were closed
        await postgres.TerminateConnectionsAsync(names.Temporary, cancellationToken);
        await postgres.RenameDatabaseAsync(names.Temporary, names.Target, cancellationToken);
    }

    /// <summary>Drops what a killed run has left; gives the names of all databases there were.</summary>
    public async Task<IReadOnlyList<string>> DropLeftoversAsync(CancellationToken cancellationToken)
    {
        var databases = await postgres.ListDatabasesAsync(cancellationToken);
        foreach (var database in databases.Where(names.IsLeftover))
        {
            await postgres.TerminateConnectionsAsync(database, cancellationToken);
            await postgres.DropDatabaseAsync(database, cancellationToken);
        }

        return databases;
    }

    private Task<MergeResult> FillAsync(ServerFacts server, string owner, IProgress<MergeProgress>? progress, CancellationToken cancellationToken) => postgres.UseAsync(
        names.Originsrv,
        (originsrv, outer) => postgres.UseAsync(
            names.Sessionsrv,
            (sessionsrv, inner) => postgres.UseAsync(
                names.Temporary,
                async (target, token) =>
                {
                    // the sources are frozen while the server makes the database
                    await using var sources = new FrozenSources();
                    var locale = await postgres.FindLocaleAsync(names.Originsrv, token);
                    var creating = postgres.CreateDatabaseAsync(names.Temporary, owner, DatabaseAdministration.Utf8, locale, token);
                    var origins = sources.AddAsync(names.Originsrv, originsrv, () => postgres.FreezeAsync(originsrv, server, names.Originsrv, Schema, token));
                    var accounts = sources.AddAsync(names.Sessionsrv, sessionsrv, () => postgres.FreezeAsync(sessionsrv, server, names.Sessionsrv, Schema, token));
                    await Task.WhenAll(creating, origins, accounts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    await creating;
                    await FirstFailure.WhenAllAsync([origins, accounts]);
                    var filling = new DatabaseFilling(names, sources.ByName, target, server, owner, Parallelism, time);
                    return await filling.RunAsync(progress, token);
                },
                inner),
            outer),
        cancellationToken);

    private async Task CleanUpAsync()
    {
        // The operation's own token may be what ended it.
        using var limit = new CancellationTokenSource(CleanUp, time);
        try
        {
            await postgres.TerminateConnectionsAsync(names.Temporary, limit.Token);
            await postgres.DropDatabaseAsync(names.Temporary, limit.Token);
        }
        catch (Exception exception) when (exception is FaultException or OperationCanceledException)
        {
            // What ended the merge is the error to tell; the next run drops the leftover by its name.
        }
    }
}
