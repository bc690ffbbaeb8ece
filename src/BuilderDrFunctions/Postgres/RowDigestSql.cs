namespace BuilderDrFunctions.Postgres;

/// <summary>The SQL of one way to digest rows.</summary>
internal abstract class RowDigestSql
{
    private string Sums => $"pg_catalog.count(*), coalesce(pg_catalog.sum({First}), 0)::text, coalesce(pg_catalog.sum({Second}), 0)::text";

    /// <summary>A row's first hash, over what <see cref="Prepare"/> gives.</summary>
    protected abstract string First { get; }

    /// <summary>Its second one.</summary>
    protected abstract string Second { get; }

    /// <summary>Rows, first sum, second sum of <paramref name="relation"/>, which may be a subquery with an alias.</summary>
    public string Select(string relation) => $"SELECT {Sums} FROM {Prepare(relation, [])}";

    /// <summary>The same for each value of a column that is not digested itself, which comes first.</summary>
    public string SelectParts(string relation, string part) => $"SELECT {part}, {Sums} FROM {Prepare(relation, [part])} GROUP BY {part}";

    /// <summary>Each row's two hashes and, behind them, its values; every value is fetched and unpacked once for both.</summary>
    public string SelectRows(string relation, IReadOnlyList<DigestColumn> values) =>
        $"SELECT {First}, {Second}{string.Concat(values.Select(value => ", " + Value(value)))} FROM {Prepare(relation, values.Select(value => $"{value.Source} AS {Raw(value)}"))}";

    /// <summary>The relation with its columns as the hashes need them, and with further ones.</summary>
    protected abstract string Prepare(string relation, IEnumerable<string> others);

    /// <summary>A column's value over <see cref="Prepare"/>, among whose further columns it is by the name of <see cref="Raw"/>.</summary>
    protected abstract string Value(DigestColumn column);

    /// <summary>What a column is called that is passed through as it is.</summary>
    protected static string Raw(DigestColumn column) => SqlName.Quote("raw " + column.Name);

    /// <summary>A column as a text that another server words the same; null stays null.</summary>
    protected static string Text(DigestColumn column) => column.EffectiveType switch
    {
        "text" or "varchar" => $"{column.Source}::text",
        "bytea" => $"pg_catalog.encode({column.Source}, 'hex')",
        "float4" or "float8" => Binary(column),
        // a cast to text would cut the blanks at its end off
        "bpchar" => $"CASE WHEN {column.Source} IS NOT NULL THEN pg_catalog.concat({column.Source}) END",
        _ => $"{column.Source}::text",
    };

    /// <summary>The value's wire format in hex: shorter work for the server than wording it, and exact.</summary>
    protected static string Binary(DigestColumn column) => $"pg_catalog.encode(pg_catalog.{column.EffectiveType}send({column.Source}), 'hex')";
}

/// <summary>Rows by <c>md5</c> of the row's text, for servers that have nothing better.</summary>
internal sealed class Md5RowDigestSql(IReadOnlyList<DigestColumn> columns) : RowDigestSql
{
    protected override string First => Half(1);

    protected override string Second => Half(17);

    protected override string Prepare(string relation, IEnumerable<string> others)
    {
        // a row's text quotes its values and tells null from empty
        var row = $"ROW({string.Join(", ", columns.Select(Text))})::text";
        return $"(SELECT {string.Join(", ", others.Prepend($"pg_catalog.md5({row}) AS m"))} FROM {relation} OFFSET 0) AS hashed";
    }

    protected override string Value(DigestColumn column) => Raw(column);

    private static string Half(int from) => $"('x' || pg_catalog.substr(m, {from}, 16))::bit(64)::bigint";
}

/// <summary>Rows by chained, seeded 64-bit hashes.</summary>
internal sealed class HashRowDigestSql(IReadOnlyList<DigestColumn> columns) : RowDigestSql
{
    private const int BitsPerMap = 62;

    // any two that differ do; the second has bits in both halves, which the server's hash mixes in separately
    private static readonly long[] Seeds = [0, 0x5851F42D4C957F2D];

    protected override string First => Chain(Seeds[0]);

    protected override string Second => Chain(Seeds[1]);

    // OFFSET 0 keeps the planner from putting these expressions into both chains: each value is fetched and unpacked once.
    protected override string Prepare(string relation, IEnumerable<string> others) => $"(SELECT {string.Join(", ", Inner().Concat(others))} FROM {relation} OFFSET 0) AS flat";

    // What was unpacked for the hash is the value itself, but for nulls. An array goes over the wire with its elements' type, which the cast has changed for "_varchar".
    protected override string Value(DigestColumn column) => column.EffectiveType switch
    {
        "text" or "varchar" or "_text" => $"CASE WHEN {Raw(column)} IS NOT NULL THEN c{IndexOf(column)} END",
        _ => Raw(column),
    };

    private int IndexOf(DigestColumn column) => columns.Index().First(entry => entry.Item.Name == column.Name).Index;

    private IEnumerable<string> Inner() => Maps().Select((map, i) => $"{map} AS n{i}").Concat(columns.Select((column, i) => $"{Flat(column)} AS c{i}"));

    private static string Flat(DigestColumn column) => column.EffectiveType switch
    {
        "int2" or "int4" => $"coalesce({column.Source}::int4, 0)",
        "bool" => $"coalesce({column.Source}::int4, 0)",
        // joining nothing to it unpacks a value that is compressed or stored out of line, and makes an empty one of a null
        "_text" or "_varchar" => $"{column.Source}::text[] || '{{}}'::text[]",
        "text" or "varchar" => $"coalesce({column.Source}::text, '') || ''",
        "timestamptz" or "timestamp" or "date" => $"coalesce({Binary(column with { Type = column.Type is "date" ? "date_" : column.Type + "_" })}, '')",
        _ => $"coalesce({Text(column)}, '')",
    };

    private static string Link(DigestColumn column, int i, long seed, string previous) => column.EffectiveType switch
    {
        "int2" or "int4" or "bool" => $"pg_catalog.hashint4extended(c{i}, {previous})",
        // the array's own hash takes a seed but forgets it when it is empty, and knows nothing of dimensions
        "_text" or "_varchar" => $"pg_catalog.hashtextextended(pg_catalog.hash_array_extended(c{i} COLLATE \"C\", {Number(seed)})::text || coalesce(pg_catalog.array_dims(c{i}), '') COLLATE \"C\", {previous})",
        _ => $"pg_catalog.hashtextextended(c{i} COLLATE \"C\", {previous})",
    };

    private static string Number(long seed) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{seed}::bigint");

    private string Chain(long seed)
    {
        var chain = Number(seed);
        for (var map = 0; map < MapCount; map++)
        {
            chain = $"pg_catalog.hashtextextended(n{map} COLLATE \"C\", {chain})";
        }

        for (var i = 0; i < columns.Count; i++)
        {
            chain = Link(columns[i], i, seed, chain);
        }

        return chain;
    }

    private int MapCount => Math.Max(1, (columns.Count + BitsPerMap - 1) / BitsPerMap);

    // Which columns are null, as numbers: the chain itself takes a null for an empty value.
    private IEnumerable<string> Maps()
    {
        for (var map = 0; map < MapCount; map++)
        {
            var bits = columns.Skip(map * BitsPerMap).Take(BitsPerMap).Select((column, bit) => (column, bit))
                .Where(entry => entry.column.Nullable)
                .Select(entry => $"CASE WHEN {entry.column.Source} IS NULL THEN {1L << entry.bit}::bigint ELSE 0 END");
            yield return $"({string.Join(" + ", bits.DefaultIfEmpty("0"))})::text";
        }
    }
}
