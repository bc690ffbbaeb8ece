using System.Globalization;
using System.Text;
using BuilderDrFunctions.Postgres;
using CsCheck;

namespace BuilderDrFunctions.ServerTests.Postgres;

/// <summary>A database made up at random: types, odd names, nulls, unicode, large and empty values, empty tables.</summary>
internal sealed record RandomDatabase(IReadOnlyList<RandomTable> Tables)
{
    private const string Preamble = """"
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "fine"');
        CREATE DOMAIN ident AS text CHECK (VALUE <> 'forbidden');
        CREATE TYPE pair AS (a integer, "B b" text);
        CREATE SCHEMA "odd ""schema""";
        CREATE SEQUENCE "odd ""schema"""."Ids" INCREMENT -3 START 7 MAXVALUE 100;
        SELECT nextval('"odd ""schema"""."Ids"');
        CREATE SEQUENCE untouched START 1047290385671659520;
        CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';

        """";

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Const(""), Gen.Const(" "), Gen.Const("NULL"), Gen.Const("\\.\t\n\r\b\"'{},()"), Gen.Const("ünïcödé 漢字 🐘 \u0001\uFFFD"),
        Gen.String[Gen.Char[' ', '\uD7FF'], 0, 40],
        Gen.Select(Gen.Char['a', 'z'], Gen.Int[1, 300_000]).Select((letter, count) => new string(letter, count)));

    private static readonly Gen<string> Number = Gen.OneOf(Gen.Const(0L), Gen.Const(long.MinValue), Gen.Const(long.MaxValue), Gen.Const(4294967297L), Gen.Long).Select(Invariant);

    // type, and its values as SQL literals
    private static readonly (string Type, Gen<string> Value)[] Types =
    [
        ("text", Text.Select(SqlText)), ("varchar(400000)", Text.Select(SqlText)), ("ident", Text.Select(SqlText)), ("name", Gen.String[Gen.Char['a', 'z'], 0, 9].Select(SqlText)),
        ("character(6)", Gen.String[Gen.Char['a', 'd'], 0, 6].Select(SqlText)),
        ("bigint", Number.Select(SqlText)), ("integer", Gen.Int.Select(value => SqlText(Invariant(value)))), ("smallint", Gen.Short.Select(value => SqlText(Invariant(value)))),
        ("boolean", Gen.Bool.Select(value => value ? "true" : "false")),
        ("numeric", OneOf("'1'", "'1.0'", "'1.00'", "'NaN'", "'-123456789012345678901234567890.5'")),
        ("double precision", Gen.OneOf(OneOf("'NaN'", "'Infinity'", "'-0'", "'0'", "'0.1'", "'5e-324'"), Gen.Double.Select(value => SqlText(value.ToString("R", CultureInfo.InvariantCulture))))),
        ("real", OneOf("'NaN'", "'0.1'", "'16777217'", "'-0'")),
        ("bytea", Gen.Byte.Array[0, 3000].Select(bytes => $"'\\x{Convert.ToHexStringLower(bytes)}'")),
        ("timestamp with time zone", Gen.OneOf(OneOf("'infinity'", "'-infinity'", "'0044-03-15 BC'"), Gen.DateTimeOffset.Select(value => SqlText(value.ToString("O", CultureInfo.InvariantCulture))))),
        ("timestamp", OneOf("'2026-11-22 02:00:00.123456'", "'2026-11-22 02:00:00.123457'", "'infinity'")), ("date", OneOf("'2026-11-22'", "'4713-01-01 BC'", "'infinity'")),
        ("interval", OneOf("'1 mon'", "'30 days'", "'-00:00:00.000001'")), ("time", OneOf("'24:00'", "'00:00:00.5'")),
        ("uuid", Gen.Guid.Select(value => SqlText(value.ToString()))), ("inet", OneOf("'10.0.0.1'", "'10.0.0.1/8'", "'::1'")),
        ("jsonb", OneOf("'{\"a\": [1, null, \"\\u00e4\"]}'", "'[]'", "'\"text\"'")), ("json", OneOf("'{\"a\":1}'", "'{ \"a\": 1 }'")),
        ("mood", OneOf("'sad'", "'ok'", "'it''s \"fine\"'")), ("mood[]", OneOf("'{sad,ok}'", "'{ok,sad}'", "'{}'")),
        ("pair", OneOf("'(1,\"x y\")'", "'(,)'", "'(1,)'")), ("int4range", OneOf("'[1,5)'", "'empty'")),
        ("text[]", Gen.OneOf(
            OneOf("'{}'", "'{NULL}'", "'{\"\"}'", "'{NULL,NULL}'", "'{\"NULL\"}'", "'{a,b}'", "'{b,a}'", "'{{a,b}}'", "'{{a},{b}}'", "'[2:3]={a,b}'"),
            Text.Array[0, 6].Select(values => $"ARRAY[{string.Join(", ", values.Select(SqlText))}]::text[]"))),
        ("bigint[]", Gen.OneOf(OneOf("'{}'", "'{NULL}'", "'{0}'", "'{4294967297}'"), Number.Array[0, 5].Select(values => $"'{{{string.Join(',', values)}}}'"))),
        ("character varying[]", OneOf("'{a}'", "'{a,NULL}'", "'{}'")), ("bytea[]", OneOf("'{\"\\\\x00\"}'", "'{}'")),
    ];

    private static readonly Gen<RandomTable> Table =
        Gen.Select(
            OneOf("origins", "Odd \"Name\"", "späte ключ", "select", "a.b"),
            Gen.Bool,
            Gen.Shuffle(Types, 1, 7).SelectMany(types => Gen.Select(
                Gen.Const(types),
                Together(types.Select(type => Gen.Frequency((1, Gen.Const("NULL")), (5, type.Value)))).Array[0, 12])))
        .Select((name, odd, content) => new RandomTable(
            new SqlName(odd ? "odd \"schema\"" : "public", name),
            [.. content.Item1.Select((type, i) => new RandomColumn($"{(i % 2 == 0 ? "col" : "Ä \"c\"")} {i}", type.Type, type.Value))],
            content.Item2));

    public static readonly Gen<RandomDatabase> Any = Table.Array[1, 4].Select(tables => new RandomDatabase([.. tables.DistinctBy(table => table.Name)]));

    /// <summary>Everything that makes it, in an empty database.</summary>
    public string Script()
    {
        var sql = new StringBuilder(Preamble);
        foreach (var table in Tables)
        {
            table.AppendTo(sql);
        }

        return sql.ToString();
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<string[]> Together(IEnumerable<Gen<string>> gens) =>
        gens.Aggregate(Gen.Const(Array.Empty<string>()), (all, one) => Gen.Select(all, one, (string[] values, string value) => (string[])[.. values, value]));

    private static string SqlText(string text) => SqlName.Literal(text.Replace("\0", "", StringComparison.Ordinal));

    private static string Invariant(IFormattable value) => value.ToString(format: null, CultureInfo.InvariantCulture);

    private static string Invariant(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A column: its type as DDL and a generator of literals.</summary>
internal sealed record RandomColumn(string Name, string Type, Gen<string> Value);

/// <summary>A table: each row has a literal for each column.</summary>
internal sealed record RandomTable(SqlName Name, IReadOnlyList<RandomColumn> Columns, IReadOnlyList<string[]> Rows)
{
    public void AppendTo(StringBuilder sql)
    {
        var columns = Columns.Select(column => $"{SqlName.Quote(column.Name)} {column.Type}");
        sql.AppendLine(CultureInfo.InvariantCulture, $"CREATE TABLE {Name} (serial serial, doubled integer GENERATED ALWAYS AS (twice(4)) STORED, {string.Join(", ", columns)});");
        sql.AppendLine(CultureInfo.InvariantCulture, $"CREATE INDEX ON {Name} (serial) WHERE serial > 3;");
        sql.AppendLine(CultureInfo.InvariantCulture, $"CREATE VIEW {new SqlName(Name.Schema, Name.Name + " view")} AS SELECT serial FROM {Name};");
        foreach (var row in Rows)
        {
            sql.AppendLine(CultureInfo.InvariantCulture, $"INSERT INTO {Name} ({string.Join(", ", Columns.Select(column => SqlName.Quote(column.Name)))}) VALUES ({string.Join(", ", row)});");
        }
    }
}
