using System.Text;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Postgres;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

public sealed class RestoreScriptTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tells_statements_from_rows_and_passes_over_what_is_meant_for_psql()
    {
        var read = await ReadAsync(
            """
            --
            -- PostgreSQL database dump
            --

            \restrict abc
            SET client_encoding = 'UTF8';
            COPY public.empty (id) FROM stdin;
            \.


            -- Data for Name: a;b
            COPY public."od;d
             name" (id, "x y") FROM stdin;
            1	SELECT 'it''s';
            2	\\.
            3	\N
            \.
            SELECT pg_catalog.setval('public."it''s;
            _seq"', 7, true);
            \unrestrict abc

            """);
        Assert.Equal(["SET client_encoding = 'UTF8';", "SELECT pg_catalog.setval('public.\"it''s;\n_seq\"', 7, true);"], read.Statements, StringComparer.Ordinal);
        Assert.Equal("1\tSELECT 'it''s';\n2\t\\\\.\n3\t\\N\n", Assert.Single(read.Tables).Value);
        Assert.Equal("COPY public.\"od;d\n name\" (id, \"x y\") FROM stdin;", Assert.Single(read.Tables).Key);
    }

    [Fact]
    public Task Rows_of_any_length_arrive_as_they_are_however_the_script_comes_in() =>
        Gen.Select(
            Gen.OneOf(Gen.Int[0, 12], Gen.Int[262_100, 262_200], Gen.Int[600_000, 600_010]).Array[0, 6],
            Gen.OneOf(Gen.Const(1 << 20), Gen.Int[1, 70_000]))
        .SampleAsync(
            async (lengths, piece) =>
            {
                // each row ends in what the end of rows looks like when it is cut in the wrong place
                var rows = string.Concat(lengths.Select((length, i) => new string((char)('a' + i), length) + "\\\\.\n"));
                var script = $"COPY t (c) FROM stdin;\n{rows}\\.\nSELECT 1;\n";
                var read = await ReadAsync(script, piece);
                Assert.Equal("SELECT 1;", Assert.Single(read.Statements));
                Assert.True(read.Tables.GetValueOrDefault("COPY t (c) FROM stdin;", "") == rows, "the rows differ");
            },
            iter: 60);

    [Theory]
    [InlineData("COPY t (c) FROM stdin;\n1\n")]
    [InlineData("COPY t (c) FROM stdin;\n1\n\\")]
    [InlineData("COPY t (c) FROM stdin;\n1")]
    [InlineData("SELECT 'a")]
    public async Task A_script_that_breaks_off_is_a_damaged_dump(string script)
    {
        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => ReadAsync(script));
        Assert.Contains("in the middle of", fault.What, StringComparison.Ordinal);
    }

    private static async Task<(List<string> Statements, Dictionary<string, string> Tables)> ReadAsync(string script, int piece = int.MaxValue)
    {
        var statements = new List<string>();
        var tables = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        using var stream = new InPieces(Encoding.UTF8.GetBytes(script), piece);
        await new RestoreScript(stream).ReadAsync(
            (statement, _) =>
            {
                statements.Add(statement);
                return ValueTask.FromResult(true);
            },
            (copy, rows, _) =>
            {
                tables.TryAdd(copy, new StringBuilder());
                tables[copy].Append(Encoding.UTF8.GetString(rows.Span));
                return ValueTask.CompletedTask;
            },
            Token);
        return (statements, tables.ToDictionary(table => table.Key, table => table.Value.ToString(), StringComparer.Ordinal));
    }

    /// <summary>Gives at most so many bytes at once, as a pipe does.</summary>
    private sealed class InPieces(byte[] content, int piece) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }
}
