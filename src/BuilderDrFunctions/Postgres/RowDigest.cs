using Npgsql;

namespace BuilderDrFunctions.Postgres;

/// <summary>Computes, inside the server, a digest of a table's rows that depends on neither their order nor that of the columns.</summary>
/// <remarks>
/// Each row gives two 64-bit hashes, which are summed: any changed, missing, added or doubled row, and values swapped between rows, change both sums.
/// One row's hash is a chain over its columns: the hash of one is the seed for the next, so no row is ever put together as a text.
/// Values count by their meaning, not by their bytes on disk: enums by label, instants in UTC, floats by their bits, so another server and other OIDs give the same.
/// </remarks>
public sealed class RowDigest
{
    private readonly RowDigestSql _sql;

    /// <summary>Prepares the statement for tables with these columns.</summary>
    /// <param name="algorithm">One of <see cref="FingerprintAlgorithm"/>.</param>
    /// <param name="columns">In any order.</param>
    public RowDigest(string algorithm, IEnumerable<DigestColumn> columns)
    {
        var ordered = columns.OrderBy(column => column.Name, StringComparer.Ordinal).ToList();
        _sql = algorithm switch
        {
            FingerprintAlgorithm.Hash => new HashRowDigestSql(ordered),
            FingerprintAlgorithm.Md5 => new Md5RowDigestSql(ordered),
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "not one of FingerprintAlgorithm"),
        };
    }

    /// <summary>The SELECT that gives rows (<c>bigint</c>) and both sums (<c>text</c>) of one table, without tables that inherit from it.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="condition">Which of its rows, as SQL; null: all.</param>
    public string Select(SqlName table, string? condition = null) => _sql.Select(Relation(table, condition));

    /// <summary>The digest of all rows of a relation, which may be a subquery with an alias, in the connection's current transaction.</summary>
    internal async Task<TableDigest> ReadRelationAsync(NpgsqlConnection connection, string relation, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(_sql.Select(relation), connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return TableDigest.FromSums(reader.GetInt64(0), reader.GetString(1), reader.GetString(2));
    }

    /// <summary>The digests of a relation's parts, in the connection's current transaction; one that has no rows is left out.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="relation">A subquery with an alias.</param>
    /// <param name="part">The column that says to which part a row belongs, quoted; not digested itself.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    internal async Task<IReadOnlyDictionary<string, TableDigest>> ReadPartsAsync(NpgsqlConnection connection, string relation, string part, CancellationToken cancellationToken)
    {
        var digests = new Dictionary<string, TableDigest>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand(_sql.SelectParts(relation, part), connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            digests.Add(reader.GetString(0), TableDigest.FromSums(reader.GetInt64(1), reader.GetString(2), reader.GetString(3)));
        }

        return digests;
    }

    /// <summary>The SELECT that gives, for each row of one table, its two hashes (<c>bigint</c>), whose sums are the table's digest, and then these columns' values.</summary>
    internal string SelectRows(SqlName table, string? condition, IReadOnlyList<DigestColumn> values) => _sql.SelectRows(Relation(table, condition), values);

    /// <summary>The digest of all those tables' rows together, in the connection's current transaction.</summary>
    public async Task<TableDigest> ReadAsync(NpgsqlConnection connection, IEnumerable<SqlName> tables, CancellationToken cancellationToken)
    {
        var sum = default(TableDigest);
        foreach (var table in tables)
        {
            sum += await ReadAsync(connection, table, condition: null, cancellationToken);
        }

        return sum;
    }

    /// <summary>The digest of those rows of one table that meet a condition, in the connection's current transaction.</summary>
    public Task<TableDigest> ReadAsync(NpgsqlConnection connection, SqlName table, string? condition, CancellationToken cancellationToken) =>
        ReadRelationAsync(connection, Relation(table, condition), cancellationToken);

    private static string Relation(SqlName table, string? condition) => condition is null ? $"ONLY {table}" : $"ONLY {table} WHERE {condition}";
}
