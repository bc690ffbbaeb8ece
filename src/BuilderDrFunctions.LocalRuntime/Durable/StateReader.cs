namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Reads what is committed; any number of readers at once.</summary>
internal sealed class StateReader(StateFile file)
{
    private const string Columns = "run, id, name, status, parent_id, parent_name, parent_run, parent_task, created_at, updated_at, failure, custom_status";

    public InstanceRow? Find(string instanceId, bool withData) => List(new InstanceFilter(Id: instanceId, Limit: 1), withData).SingleOrDefault();

    /// <summary>Rows in the order of their ids.</summary>
    public List<InstanceRow> List(InstanceFilter filter, bool withData)
    {
        var sql = new StringBuilder($"SELECT {Columns}{(withData ? ", input, output" : "")} FROM instances WHERE 1");
        var parameters = new List<SqliteParameter> { new("$limit", filter.Limit) };
        Where("id = $id", "$id", filter.Id);
        Where("parent_id = $parent", "$parent", filter.ParentId);
        Where("id > $after", "$after", filter.AfterId);
        Where("substr(id, 1, length($prefix)) = $prefix", "$prefix", filter.IdPrefix);
        Where("created_at >= $createdFrom", "$createdFrom", filter.CreatedFrom?.UtcTicks);
        Where("created_at <= $createdTo", "$createdTo", filter.CreatedTo?.UtcTicks);
        if (filter.Statuses is { } statuses)
        {
            sql.Append(" AND status IN (").AppendJoin(", ", statuses.Select(status => (int)status)).Append(')');
        }

        return [.. Read(sql.Append(" ORDER BY id LIMIT $limit").ToString(), rows => ReadInstance(rows, withData), parameters)];

        void Where(string condition, string parameter, object? value)
        {
            if (value is not null)
            {
                sql.Append(" AND ").Append(condition);
                parameters.Add(new SqliteParameter(parameter, value));
            }
        }
    }

    public long HighestRun() => Read("SELECT coalesce(max(run), 0) FROM instances", rows => rows.GetInt64(0), []).Single();

    public string? Input(long run) => Read("SELECT input FROM instances WHERE run = $run", rows => Text(rows, 0), [new("$run", run)]).Single();

    /// <summary>A run's events, oldest first.</summary>
    public IEnumerable<HistoryEvent> History(long run) => Read(
        "SELECT kind, task, at, name, data, target, number, sequence FROM history WHERE run = $run ORDER BY sequence",
        rows => new HistoryEvent((HistoryKind)rows.GetInt32(0), rows.GetInt32(1), Time(rows, 2), Text(rows, 3), Text(rows, 4), Text(rows, 5), rows.GetInt64(6))
        {
            Sequence = rows.GetInt64(7),
        },
        [new("$run", run)]);

    private IEnumerable<T> Read<T>(string sql, Func<SqliteDataReader, T> read, IEnumerable<SqliteParameter> parameters)
    {
        using var connection = file.Connect();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class and numbers; values are parameters
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddRange(parameters);
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            yield return read(rows);
        }
    }

    private static InstanceRow ReadInstance(SqliteDataReader rows, bool withData)
    {
        var parent = Text(rows, 4) is { } id ? new ParentLink(id, rows.GetString(5), rows.GetInt64(6), rows.GetInt32(7)) : null;
        return new InstanceRow(
            rows.GetInt64(0), new OrchestrationIdentity(rows.GetString(1), rows.GetString(2), parent),
            (OrchestrationRuntimeStatus)rows.GetInt32(3), Time(rows, 8), Time(rows, 9), Text(rows, 10), Text(rows, 11),
            withData ? Text(rows, 12) : null, withData ? Text(rows, 13) : null);
    }

    private static string? Text(SqliteDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);

    private static DateTime Time(SqliteDataReader rows, int column) => new(rows.GetInt64(column), DateTimeKind.Utc);
}

/// <summary>One row of the instances table; input and output only when they were asked for.</summary>
internal sealed record InstanceRow(
    long Run, OrchestrationIdentity Identity, OrchestrationRuntimeStatus Status, DateTime CreatedAt, DateTime UpdatedAt,
    string? Failure, string? CustomStatus, string? Input, string? Output);

/// <summary>Which rows to read; null means any. Ids are in order, so the last one read continues a listing.</summary>
internal sealed record InstanceFilter(
    string? Id = null, string? ParentId = null, string? AfterId = null, string? IdPrefix = null,
    DateTimeOffset? CreatedFrom = null, DateTimeOffset? CreatedTo = null, IEnumerable<OrchestrationRuntimeStatus>? Statuses = null, int Limit = -1)
{
    public static readonly OrchestrationRuntimeStatus[] Live =
        [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];

    public static readonly OrchestrationRuntimeStatus[] Ended =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];
}
