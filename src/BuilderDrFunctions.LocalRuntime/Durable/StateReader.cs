namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Reads what is committed; any number of readers at once.</summary>
internal sealed class StateReader(StateFile file)
{
    private const string Columns =
        "run, id, name, status, parent_id, parent_name, parent_run, parent_task, created_at, updated_at, failure, custom_status";

    public InstanceRow? Find(string instanceId, bool withData) =>
        List(new InstanceFilter(Id: instanceId, Limit: 1), withData).SingleOrDefault();

    /// <summary>Rows in the order of their ids.</summary>
    public List<InstanceRow> List(InstanceFilter filter, bool withData)
    {
        using var connection = file.Connect();
        using var command = connection.CreateCommand();
        var sql = new StringBuilder($"SELECT {Columns}{(withData ? ", input, output" : "")} FROM instances WHERE 1");
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

        sql.Append(" ORDER BY id LIMIT $limit");
        command.Parameters.AddWithValue("$limit", filter.Limit);
#pragma warning disable CA2100 // constants and numbers; values are parameters
        command.CommandText = sql.ToString();
#pragma warning restore CA2100
        using var rows = command.ExecuteReader();
        var found = new List<InstanceRow>();
        while (rows.Read())
        {
            found.Add(ReadInstance(rows, withData));
        }

        return found;

        void Where(string condition, string parameter, object? value)
        {
            if (value is not null)
            {
                sql.Append(" AND ").Append(condition);
                command.Parameters.AddWithValue(parameter, value);
            }
        }
    }

    public long HighestRun() => ReadOne("SELECT coalesce(max(run), 0) FROM instances", run: 0, rows => rows.GetInt64(0));

    public string? Input(long run) => ReadOne("SELECT input FROM instances WHERE run = $run", run, rows => Text(rows, 0));

    /// <summary>A run's events, oldest first.</summary>
    public IEnumerable<HistoryEvent> History(long run)
    {
        using var connection = file.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT kind, task, at, name, data, target, number, sequence FROM history WHERE run = $run ORDER BY sequence";
        command.Parameters.AddWithValue("$run", run);
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            yield return new HistoryEvent(
                (HistoryKind)rows.GetInt32(0), rows.GetInt32(1), Time(rows, 2), Text(rows, 3), Text(rows, 4), Text(rows, 5), rows.GetInt64(6))
            {
                Sequence = rows.GetInt64(7),
            };
        }
    }

    private static InstanceRow ReadInstance(SqliteDataReader rows, bool withData)
    {
        var parent = Text(rows, 4) is { } parentId
            ? new ParentLink(parentId, rows.GetString(5), rows.GetInt64(6), rows.GetInt32(7))
            : null;
        return new InstanceRow(
            rows.GetInt64(0), new OrchestrationIdentity(rows.GetString(1), rows.GetString(2), parent),
            (OrchestrationRuntimeStatus)rows.GetInt32(3), Time(rows, 8), Time(rows, 9), Text(rows, 10), Text(rows, 11),
            withData ? Text(rows, 12) : null, withData ? Text(rows, 13) : null);
    }

    private static string? Text(SqliteDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);

    private static DateTime Time(SqliteDataReader rows, int column) => new(rows.GetInt64(column), DateTimeKind.Utc);

    private T ReadOne<T>(string sql, long run, Func<SqliteDataReader, T> read)
    {
        using var connection = file.Connect();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$run", run);
        using var rows = command.ExecuteReader();
        rows.Read();
        return read(rows);
    }
}
