using System.Text.RegularExpressions;
using BuilderDrFunctions.Postgres;
using Npgsql;

namespace BuilderDrFunctions.Recovery;

/// <summary>Tells which of Builder's own keys a database needs, and holds them against the keys there are.</summary>
/// <remarks>
/// Facts from habitat-sh/builder: origin secret keys, private encryption keys and integrations keep a box in <c>body</c>, access tokens one in base64
/// behind <c>_</c>; each names the revision it wants, and <c>origin_secret_keys.encryption_key_rev</c> names it once more. Values of
/// <c>origin_secrets</c> are for the origins' own keys. Up to September 2020, and right after the merges, the bodies of keys are <c>bytea</c>; before the
/// merge of the shards everything lies in <c>shard_0</c> to <c>shard_127</c>. With a wrong key the API starts and looks healthy, while every token is
/// dead: so a key is tried on a box that names it.
/// </remarks>
public static partial class KeyCoverage
{
    private const string KeyRevision = "encryption_key_rev";

    private static readonly (string Table, string Column)[] Sources =
    [
        ("origin_secret_keys", "body"), ("origin_private_encryption_keys", "body"), ("origin_integrations", "body"), ("origin_project_integrations", "body"),
        ("account_tokens", "token"), ("origin_secret_keys", KeyRevision),
    ];

    /// <summary>The verdict on every key the database needs, in order of revision.</summary>
    /// <param name="server">Where it is.</param>
    /// <param name="database">The restored database.</param>
    /// <param name="keys">The keys there are, by name such as <c>bldr-20260101000000</c>; null where only the name is known. No dictionary: they cannot be looked at.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public static async Task<KeyVerdict[]> JudgeAsync(
        PostgresServer server, string database, IReadOnlyDictionary<string, byte[]?>? keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        var needs = await server.UseAsync(database, ReadNeedsAsync, cancellationToken);
        return [.. needs.Select(need => new KeyVerdict(need.Key, need.Value.Boxes, StateOf(need.Key, need.Value, keys)))];
    }

    private static async Task<SortedDictionary<string, Need>> ReadNeedsAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var columns = await ReadColumnsAsync(connection, cancellationToken);
        var needs = new SortedDictionary<string, Need>(StringComparer.Ordinal);
        foreach (var source in Sources)
        {
            var parts = columns.Where(column => (column.Table, column.Column) == source).Select(SqlOf).ToList();
            if (parts.Count > 0)
            {
                var sql = $"SELECT name, sum(boxes)::bigint, min(sample) FROM ({string.Join(" UNION ALL ", parts)}) AS needs GROUP BY name";
                await AddNeedsAsync(connection, sql, countsBoxes: source.Column is not KeyRevision, needs, cancellationToken);
            }
        }

        return needs;
    }

    private static string SqlOf(BoxColumn column)
    {
        var table = new SqlName(column.Schema, column.Table);
        return column.Column switch
        {
            KeyRevision => $"SELECT 'bldr-' || {KeyRevision} AS name, count(*) AS boxes, NULL::text AS sample FROM {table} WHERE {KeyRevision} IS NOT NULL GROUP BY 1",

            // A box's first three lines (6 + 2 × 20 bytes) lie within a token's first 88 digits of base64.
            "token" => $$"""
                SELECT split_part(box, E'\n', 3) AS name, count(*) AS boxes, min(token) AS sample
                FROM (SELECT token, encode(decode(substr(token, 2, 88), 'base64'), 'escape') AS box FROM {{table}} WHERE token ~ '^_Qk9YLTEK[A-Za-z0-9+/]{80}') AS tokens
                GROUP BY 1
                """,
            _ => $"""
                SELECT split_part(box, E'\n', 3) AS name, count(*) AS boxes, min(box) AS sample
                FROM (SELECT {(column.IsBinary ? "encode(body, 'escape')" : "body")} AS box FROM {table}) AS bodies WHERE box LIKE E'BOX-1\n%' GROUP BY 1
                """,
        };
    }

    /// <summary>The columns that may hold boxes. Once the shards are merged, what they still hold is of the past and counts no more.</summary>
    private static async Task<List<BoxColumn>> ReadColumnsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var columns = new List<BoxColumn>();
        await using (var command = new NpgsqlCommand(
            """
            SELECT table_schema::text, table_name::text, column_name::text, data_type = 'bytea' FROM information_schema.columns
            WHERE (table_schema = 'public' OR table_schema ~ '^shard_[0-9]+$') AND (table_name = ANY ($1) OR table_name = 'flags')
              AND (column_name = ANY ($2) OR column_name = 'shard_migration_complete')
            """,
            connection))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = Sources.Select(source => source.Table).Distinct(StringComparer.Ordinal).ToArray() });
            command.Parameters.Add(new NpgsqlParameter { Value = Sources.Select(source => source.Column).Distinct(StringComparer.Ordinal).ToArray() });
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                columns.Add(new BoxColumn(rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetBoolean(3)));
            }
        }

        if (!columns.Exists(column => column is { Schema: "public", Table: "flags" }))
        {
            return columns;
        }

        await using var flag = new NpgsqlCommand("SELECT coalesce(bool_or(shard_migration_complete), false) FROM public.flags", connection);
        return (bool)(await flag.ExecuteScalarAsync(cancellationToken))! ? columns.FindAll(column => column.Schema is "public") : columns;
    }

    private static KeyState StateOf(string name, Need need, IReadOnlyDictionary<string, byte[]?>? keys) =>
        keys is null ? KeyState.Untried
        : !keys.TryGetValue(name, out var file) ? KeyState.Missing
        : file is null || need.Samples.Count == 0 ? KeyState.Untried
        : need.Samples.TrueForAll(box => BuilderBox.Opens(file, box)) ? KeyState.Covered
        : KeyState.Wrong;

    private static async Task AddNeedsAsync(
        NpgsqlConnection connection, string sql, bool countsBoxes, SortedDictionary<string, Need> needs, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var name = rows.GetString(0);
            if (!KeyName().IsMatch(name))
            {
                continue;
            }

            if (!needs.TryGetValue(name, out var need))
            {
                needs[name] = need = new Need();
            }

            need.Boxes += countsBoxes ? rows.GetInt64(1) : 0;
            if (!await rows.IsDBNullAsync(2, cancellationToken))
            {
                need.Samples.Add(BuilderBox.OfToken(rows.GetString(2)));
            }
        }
    }

    [GeneratedRegex(@"^bldr-[0-9]{14}\z", RegexOptions.None, 1000)]
    private static partial Regex KeyName();

    /// <summary>A column that may hold boxes.</summary>
    private sealed record BoxColumn(string Schema, string Table, string Column, bool IsBinary);

    private sealed class Need
    {
        public long Boxes { get; set; }

        public List<string> Samples { get; } = [];
    }
}

/// <summary>One of Builder's keys that a database needs.</summary>
/// <param name="Key">Its name, such as <c>bldr-20260101000000</c>.</param>
/// <param name="Boxes">How many secrets of the database it opens.</param>
/// <param name="State">What was found.</param>
public sealed record KeyVerdict(string Key, long Boxes, KeyState State)
{
    /// <summary>Whether secrets would be lost.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsBad => State is KeyState.Missing or KeyState.Wrong;

    /// <summary>As a sentence.</summary>
    public override string ToString() => State switch
    {
        KeyState.Missing => $"key {Key} is missing, and {Boxes} secrets of the database can be read with it alone",
        KeyState.Wrong => $"key {Key} is there and does not open the {Boxes} secrets of the database that name it",
        _ => $"key {Key} is there for {Boxes} secrets of the database",
    };
}

/// <summary>What was found of a key.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<KeyState>))]
public enum KeyState
{
    /// <summary>There, and it opens a box of each kind that names it.</summary>
    Covered,

    /// <summary>There; no box to try it on, or its content may not be read here.</summary>
    Untried,

    /// <summary>Not there.</summary>
    Missing,

    /// <summary>There, and another key than the one the database was encrypted with.</summary>
    Wrong,
}
