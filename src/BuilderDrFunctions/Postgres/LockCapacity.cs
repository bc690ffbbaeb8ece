namespace BuilderDrFunctions.Postgres;

/// <summary>How many locks a dump needs and a server has.</summary>
internal static class LockCapacity
{
    /// <summary>What Builder's documentation asks for where a database has 128 shards.</summary>
    public const int Recommended = 128;

    // room for what else runs on the server
    private const double UsableShare = 0.8;

    /// <summary>The entries in the server's lock table that a dump can count on.</summary>
    public static int Usable(ServerFacts server) => (int)(server.MaxLocksPerTransaction * (long)server.MaxConnections * UsableShare);

    /// <summary>The least <c>max_locks_per_transaction</c> with which so many tables can be dumped.</summary>
    public static int Needed(ServerFacts server, int tables) => Math.Max(Recommended, (int)Math.Ceiling(tables / UsableShare / server.MaxConnections));
}
