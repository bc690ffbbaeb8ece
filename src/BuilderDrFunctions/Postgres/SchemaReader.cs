using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Counts and digests what a database has besides rows, in the connection's current transaction.</summary>
internal static class SchemaReader
{
    // planning a UNION ALL takes time that grows with the square of its parts
    private const int SequencesPerStatement = 16;

    /// <summary>Every kind's count and digests, in ordinal order of the kind.</summary>
    public static async Task<IReadOnlyList<ObjectFacts>> ReadObjectsAsync(NpgsqlConnection connection, int serverVersion, string algorithm, CancellationToken cancellationToken)
    {
        var facts = new List<ObjectFacts>();
        foreach (var (kind, sql) in SchemaQueries.For(serverVersion, algorithm))
        {
            facts.Add(await ReadKindAsync(connection, kind, sql, cancellationToken));
        }

        return facts;
    }

    /// <summary>Where every sequence stands now; sequences know no snapshot.</summary>
    public static async Task<IReadOnlyDictionary<SqlName, long>> ReadPositionsAsync(
        NpgsqlConnection connection, int serverVersion, CancellationToken cancellationToken, string? schema = null)
    {
        var positions = new Dictionary<SqlName, long>();
        foreach (var chunk in (await ReadSequencesAsync(connection, serverVersion, schema, cancellationToken)).Chunk(SequencesPerStatement))
        {
            var selects = chunk.Select((sequence, i) =>
                $"SELECT {i}, last_value, is_called, {sequence.Increment ?? "increment_by"} FROM {sequence.Name}");
            await using var command = new NpgsqlCommand(string.Join(" UNION ALL ", selects), connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var next = (Int128)reader.GetInt64(1) + (reader.GetBoolean(2) ? reader.GetInt64(3) : 0);
                positions[chunk[reader.GetInt32(0)].Name] = (long)Int128.Clamp(next, long.MinValue, long.MaxValue);
            }
        }

        return positions;
    }

    private static async Task<List<(SqlName Name, string? Increment)>> ReadSequencesAsync(
        NpgsqlConnection connection, int serverVersion, string? schema, CancellationToken cancellationToken)
    {
        var hasCatalog = serverVersion >= 100000;
        var sql = $"""
            SELECT n.nspname::text, c.relname::text, {(hasCatalog ? "q.seqincrement" : "0::bigint")}
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace {(hasCatalog ? "JOIN pg_catalog.pg_sequence q ON q.seqrelid = c.oid" : "")}
            WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND {TableCatalog.OwnSchemas} AND {TableCatalog.NotOfExtension("pg_class", "c.oid")}
              {(schema is null ? "" : $"AND n.nspname = {SqlName.Literal(schema)}")}
            """;
        var sequences = new List<(SqlName, string?)>();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var increment = hasCatalog ? reader.GetInt64(2).ToString(CultureInfo.InvariantCulture) + "::bigint" : null;
            sequences.Add((new SqlName(reader.GetString(0), reader.GetString(1)), increment));
        }

        return sequences;
    }

    private static async Task<ObjectFacts> ReadKindAsync(NpgsqlConnection connection, string kind, string sql, CancellationToken cancellationToken)
    {
        using var names = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var definitions = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var count = 0L;
        await using var command = new NpgsqlCommand($"""SELECT name, def FROM ({sql}) AS listed (name, def) ORDER BY name COLLATE "C", def COLLATE "C" """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            count++;
            var name = Terminated(reader.GetString(0));
            names.AppendData(name);
            definitions.AppendData(name);
            definitions.AppendData(Terminated(await reader.IsDBNullAsync(1, cancellationToken) ? "" : reader.GetString(1)));
        }

        return new ObjectFacts(kind, count, Convert.ToHexStringLower(names.GetHashAndReset()), Convert.ToHexStringLower(definitions.GetHashAndReset()));
    }

    // PostgreSQL's texts hold no zero byte, so it ends one unmistakably
    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');
}
