namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>The state file's format: the n-th step takes format n to n + 1. Steps that were released never change.</summary>
internal static class StateSchema
{
    /// <summary>Times are UTC ticks. A run is one life of an instance id: it changes when the instance starts over.</summary>
    public static readonly IReadOnlyList<string> Steps =
    [
        """
        CREATE TABLE instances(
            run INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, status INTEGER NOT NULL,
            input TEXT, output TEXT, custom_status TEXT, failure TEXT, tags TEXT,
            parent_id TEXT, parent_name TEXT, parent_run INTEGER, parent_task INTEGER,
            start_at INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, completed_at INTEGER) STRICT;
        CREATE INDEX instances_live ON instances(run) WHERE status IN (0, 6, 7);
        CREATE INDEX instances_by_creation ON instances(created_at);
        CREATE INDEX instances_by_parent ON instances(parent_id) WHERE parent_id IS NOT NULL;
        CREATE TABLE history(
            run INTEGER NOT NULL, sequence INTEGER NOT NULL, kind INTEGER NOT NULL, task INTEGER NOT NULL, at INTEGER NOT NULL,
            name TEXT, data TEXT, target TEXT, number INTEGER NOT NULL, PRIMARY KEY(run, sequence)) STRICT, WITHOUT ROWID;
        """,
        "CREATE INDEX instances_by_completion ON instances(completed_at) WHERE completed_at IS NOT NULL",
    ];

    public static int Version => Steps.Count;
}
