using Npgsql;

namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>Lays down the tables of a current Builder database.</summary>
/// <remarks>The same names, columns, types, keys, indexes and views as the migrations of habitat-sh/builder leave behind.</remarks>
public static class BuilderSchema
{
    // what diesel would have noted; a restored Builder runs only the migrations that are missing here
    private static readonly string[] Migrations =
    [
        "00000000000000", "20180824184520", "20180824193407", "20181009192420", "20181010198563", "20181019666111", "20181031233453",
        "20181101111111", "20181102111111", "20181106111111", "20181106222222", "20181106444444", "20181112111111", "20190321066600",
        "20190405002317", "20190419", "20190513223900", "20190516004032", "20190531198242", "20190617214130", "20190624198169",
        "20191016347289", "20191105011907", "20191205163232", "20200128174159", "20200203175437", "20200211810532", "20200212195406",
        "20200303000001", "20200326195026", "20200327193418", "20200422172800", "20200423220500", "20200804136423", "20200908193306",
        "20200908195315", "20201109000001", "20220809111449", "20250317131916", "20250317145419", "20250416111111", "20250424000001",
        "20250601111111",
    ];

    /// <summary>Makes everything, in an empty database.</summary>
    public static async Task CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await CreateTablesAsync(connection, cancellationToken);
        await CreateKeysAsync(connection, cancellationToken);
    }

    /// <summary>Makes types, sequences and tables without keys and indexes, for a bulk load.</summary>
    public static async Task CreateTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await RunAsync(connection, await EmbeddedText.ReadAsync("builder.tables.sql", cancellationToken), cancellationToken);
        await using var command = new NpgsqlCommand("INSERT INTO __diesel_schema_migrations (version) SELECT unnest($1)", connection)
        {
            Parameters = { new() { Value = Migrations } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
        // the connection learnt the database's types before the enums existed
        await connection.ReloadTypesAsync(cancellationToken);
    }

    /// <summary>Makes keys, indexes, views and the remaining functions.</summary>
    public static async Task CreateKeysAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await RunAsync(
            connection,
            // index builds are most of a load's second half
            "SET maintenance_work_mem = '512MB';" + await EmbeddedText.ReadAsync("builder.keys.sql", cancellationToken) + "RESET maintenance_work_mem;",
            cancellationToken);

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 900 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
