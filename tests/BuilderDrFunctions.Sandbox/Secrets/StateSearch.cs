using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;

namespace BuilderDrFunctions.Sandbox.Secrets;

/// <summary>Searches the files that an app leaves: every byte, and of databases every cell besides, which may lie torn over several pages.</summary>
internal static class StateSearch
{
    private const string DatabaseStart = "SQLite format 3\0";

    // Where the app keeps the keys that open it.
    private const string Keys = "keys.json";

    /// <summary>Searches a folder that nobody writes any more.</summary>
    public static async Task SearchAsync(string folder, SecretSearch search, CancellationToken cancellationToken)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != Keys).ToList();
        foreach (var file in files)
        {
            var name = Path.GetRelativePath(folder, file);
            var content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, cancellationToken));
            search.Search($"file {name}", content);
            if (content.StartsWith(DatabaseStart, StringComparison.Ordinal))
            {
                await SearchDatabaseAsync(file, name, search, cancellationToken);
            }
        }
    }

    private static async Task SearchDatabaseAsync(string file, string name, SecretSearch search, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        await connection.OpenAsync(cancellationToken);
        foreach (var table in await TablesAsync(connection, cancellationToken))
        {
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the name is the database's own, quoted
            command.CommandText = $"SELECT * FROM \"{table.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
#pragma warning restore CA2100
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            for (var row = 1; await reader.ReadAsync(cancellationToken); row++)
            {
                for (var column = 0; column < reader.FieldCount; column++)
                {
                    if (TextOf(reader.GetValue(column)) is { } text)
                    {
                        search.Search(string.Create(CultureInfo.InvariantCulture, $"{name}, table {table}, row {row}, column {reader.GetName(column)}"), text);
                    }
                }
            }
        }
    }

    private static async Task<IReadOnlyList<string>> TablesAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM sqlite_master WHERE type = 'table'";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var tables = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            tables.Add(reader.GetString(0));
        }

        return tables;
    }

    private static string? TextOf(object cell) => cell switch
    {
        string text => text,
        byte[] bytes => Encoding.Latin1.GetString(bytes),
        _ => null,
    };
}
