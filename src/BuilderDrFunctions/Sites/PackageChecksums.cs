using System.Runtime.CompilerServices;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Habitat;
using Npgsql;

namespace BuilderDrFunctions.Sites;

/// <summary>Asks a Builder's database what each artifact must hash to.</summary>
/// <remarks>
/// Facts from habitat-sh/builder: <c>origin_packages.checksum</c> is the BLAKE2b-256 of the whole <c>.hart</c> file, and its object's key is
/// made of ident and target, whose architecture ends at the first hyphen (<c>x86_64-linux-kernel2</c>).
/// </remarks>
internal static class PackageChecksums
{
    /// <summary>Whether the database has packages at all: <c>builder_sessionsrv</c>, for one, has none, and an unmerged originsrv keeps them in shards.</summary>
    public static async Task<bool> AreInAsync(NpgsqlConnection database, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT count(*) = 3 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'origin_packages' AND column_name IN ('ident', 'target', 'checksum')", database);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The one database of a site that has packages; null when none has.</summary>
    public static async Task<string?> FindDatabaseAsync(ISiteConnection site, CancellationToken cancellationToken)
    {
        var postgres = await site.GetPostgresAsync(cancellationToken);
        foreach (var name in await site.GetDatabasesAsync(cancellationToken))
        {
            if (await postgres.UseAsync(name, AreInAsync, cancellationToken))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>One package's checksum, lower-case hex; null when the database has no such package.</summary>
    public static async Task<string?> FindAsync(NpgsqlDataSource database, PackageName package, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT max(checksum) FROM public.origin_packages WHERE ident = $1 AND target = $2", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = package.Ident });
        command.Parameters.Add(new NpgsqlParameter { Value = package.Target });
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    private static async Task<bool> AreInAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await AreInAsync(connection, cancellationToken);
    }

    /// <summary>The checksums in the binary order of their objects' keys; sorted by the server, streamed.</summary>
    /// <remarks>Builder's schema lets each of these be null: such a row names no object, or nothing to hold it against.</remarks>
    public static async IAsyncEnumerable<PackageChecksum> ReadAsync(NpgsqlConnection database, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT key, max(checksum)
            FROM (
                SELECT (ident || '/' || split_part(target, '-', 1) || '/' || substr(target, strpos(target, '-') + 1)
                        || '/' || replace(ident, '/', '-') || '-' || target || '.hart') COLLATE "C" AS key,
                       checksum
                FROM public.origin_packages
                WHERE ident IS NOT NULL AND target IS NOT NULL AND checksum IS NOT NULL
            ) AS packages
            GROUP BY key
            ORDER BY key
            """,
            database);
        command.CommandTimeout = 0;
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            yield return new PackageChecksum(rows.GetString(0), rows.GetString(1));
        }
    }
}
