using Npgsql;

namespace BuilderDrFunctions.Merge;

/// <summary>The table <c>public.flags</c>, whose one row tells Builder's services that the shards are merged.</summary>
internal static class MergeFlag
{
    /// <summary>The table's name.</summary>
    public const string Table = "flags";

    private const string Column = "shard_migration_complete";

    /// <summary>Whether it is set; null where the table, or the column in it, is missing.</summary>
    public static async Task<bool?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string exists = $"""
            SELECT EXISTS (
                SELECT 1 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND c.relname = '{Table}' AND c.relkind = 'r' AND a.attname = '{Column}' AND NOT a.attisdropped)
            """;
        await using (var command = new NpgsqlCommand(exists, connection))
        {
            if (!(bool)(await command.ExecuteScalarAsync(cancellationToken))!)
            {
                return null;
            }
        }

        await using var read = new NpgsqlCommand($"SELECT coalesce(pg_catalog.bool_or({Column}), false) FROM public.{Table}", connection);
        return (bool)(await read.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Sets it, in the connection's transaction.</summary>
    public static async Task SetAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var update = new NpgsqlCommand($"UPDATE public.{Table} SET {Column} = true, updated_at = pg_catalog.now()", connection);
        if (await update.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            await using var insert = new NpgsqlCommand($"INSERT INTO public.{Table} ({Column}) VALUES (true)", connection);
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
