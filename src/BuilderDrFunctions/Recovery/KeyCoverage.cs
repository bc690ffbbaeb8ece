using System.Text.RegularExpressions;
using Npgsql;

namespace BuilderDrFunctions.Recovery;

/// <summary>Tells which of Builder's own keys a database needs, and holds them against the keys there are.</summary>
/// <remarks>
/// Facts from habitat-sh/builder: origin secret keys, private encryption keys and integrations keep a box in <c>body</c>, access tokens one in base64
/// behind <c>_</c>; each names the revision it wants, and <c>origin_secret_keys.encryption_key_rev</c> names it once more. Values of
/// <c>origin_secrets</c> are for the origins' own keys. With a wrong key the API starts and looks healthy, while every token is dead:
/// so a key is tried on a box that names it.
/// </remarks>
public static partial class KeyCoverage
{
    // A box's first three lines (6 + 2 × 20 bytes) lie within a token's first 88 digits of base64.
    private const string TokenNeeds =
        """
        SELECT split_part(box, E'\n', 3), count(*), min(token)
        FROM (SELECT token, encode(decode(substr(token, 2, 88), 'base64'), 'escape') AS box
              FROM public.account_tokens WHERE token ~ '^_Qk9YLTEK[A-Za-z0-9+/]{80}') AS tokens
        GROUP BY 1
        """;

    private static readonly (string Table, string Column, string Sql)[] Sources =
    [
        .. new[] { "origin_secret_keys", "origin_private_encryption_keys", "origin_integrations", "origin_project_integrations" }.Select(table => (
            table, "body", $"SELECT split_part(body, E'\\n', 3), count(*), min(body) FROM public.{table} WHERE body LIKE E'BOX-1\\n%' GROUP BY 1")),
        ("account_tokens", "token", TokenNeeds),
        ("origin_secret_keys", "encryption_key_rev",
            "SELECT 'bldr-' || encryption_key_rev, count(*), NULL FROM public.origin_secret_keys WHERE encryption_key_rev IS NOT NULL GROUP BY 1"),
    ];

    /// <summary>The verdict on every key the database needs, in order of revision.</summary>
    /// <param name="database">The restored database.</param>
    /// <param name="keys">The keys there are, by name such as <c>bldr-20260101000000</c>; null where only the name is known. No dictionary: they cannot be looked at.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public static async Task<KeyVerdict[]> JudgeAsync(
        NpgsqlDataSource database, IReadOnlyDictionary<string, byte[]?>? keys, CancellationToken cancellationToken)
    {
        var needs = new SortedDictionary<string, Need>(StringComparer.Ordinal);
        foreach (var (table, column, sql) in Sources)
        {
            if (await HasColumnAsync(database, table, column, cancellationToken))
            {
                await AddNeedsAsync(database, sql, countsBoxes: column is not "encryption_key_rev", needs, cancellationToken);
            }
        }

        return [.. needs.Select(need => new KeyVerdict(need.Key, need.Value.Boxes, StateOf(need.Key, need.Value, keys)))];
    }

    private static KeyState StateOf(string name, Need need, IReadOnlyDictionary<string, byte[]?>? keys) =>
        keys is null ? KeyState.Untried
        : !keys.TryGetValue(name, out var file) ? KeyState.Missing
        : file is null || need.Samples.Count == 0 ? KeyState.Untried
        : need.Samples.TrueForAll(box => BuilderBox.Opens(file, box)) ? KeyState.Covered
        : KeyState.Wrong;

    private static async Task<bool> HasColumnAsync(NpgsqlDataSource database, string table, string column, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT count(*) > 0 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND column_name = $2");
        command.Parameters.Add(new NpgsqlParameter { Value = table });
        command.Parameters.Add(new NpgsqlParameter { Value = column });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task AddNeedsAsync(
        NpgsqlDataSource database, string sql, bool countsBoxes, SortedDictionary<string, Need> needs, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
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
