using System.Globalization;
using BuilderDrFunctions.Sandbox.Builder;
using Npgsql;

namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>Fills a Builder's database with invented origins, keys, packages, channels and their history; bulk-loaded, then indexed and analyzed.</summary>
public sealed class PackageGenerator(DataSize size, IReadOnlyList<BuilderKey> keys, int seed = 1)
{
    private readonly PackageCatalog catalog = new(size.Packages, seed);
    private readonly HartFactory harts = new(seed);

    /// <summary>What is generated.</summary>
    public PackageCatalog Catalog => catalog;

    /// <summary>Makes tables, rows, keys and statistics in an empty database.</summary>
    public async Task FillAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await BuilderSchema.CreateTablesAsync(connection, cancellationToken);
        var people = new PeopleRows(catalog, keys, seed);
        foreach (var table in people.Tables().Concat(PackageTables()))
        {
            await TableCopy.LoadAsync(connection, table.Name, table.Columns, table.Rows, cancellationToken);
        }

        await BuilderSchema.CreateKeysAsync(connection, cancellationToken);
        await using var analyze = new NpgsqlCommand("ANALYZE", connection) { CommandTimeout = 300 };
        await analyze.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The packages whose artifact lies in the bucket.</summary>
    public IEnumerable<PackageRow> WithArtifacts() =>
        Enumerable.Range(0, size.Packages).Where(size.HasArtifact).Select(catalog.Row);

    /// <summary>The artifact of a package, of which the database holds the checksum.</summary>
    public byte[] Artifact(PackageRow package) => harts.Make(package.Index, package.KeyName, harts.UsualBytes(package.Index));

    private string Checksum(PackageRow package) =>
        size.HasArtifact(package.Index) ? HartFactory.Checksum(Artifact(package)) : Dice.For(seed, 30, package.Index).Hex(32);

    private IEnumerable<GeneratedTable> PackageTables()
    {
        yield return new GeneratedTable(
            "origin_packages",
            "id bigint, owner_id bigint, name text, ident text, ident_array text[], checksum text, manifest text, "
            + "config text, target text, deps text[], tdeps text[], exposes integer[], created_at timestamptz, "
            + "updated_at timestamptz, visibility origin_package_visibility, origin text, build_deps text[], "
            + "build_tdeps text[], package_type text",
            catalog.Rows().Select(package => new object?[]
            {
                package.Id, package.Origin.OwnerId, package.Name, package.Ident, new[] { package.Origin.Name, package.Name, package.Version, package.Release },
                Checksum(package), ManifestText.Manifest(package, seed), ManifestText.Configuration(package, seed), package.Target, package.Deps, package.Tdeps,
                package.Exposes, package.CreatedAt, package.CreatedAt, package.Visibility, package.Origin.Name, package.BuildDeps, package.BuildTdeps,
                package.Index % 50 == 0 ? "native" : "standard",
            }));
        yield return new GeneratedTable(
            "origin_channel_packages",
            "channel_id bigint, package_id bigint, created_at timestamptz, updated_at timestamptz",
            catalog.Rows().SelectMany(package => Channels(package).Select(channel => new object?[]
            {
                PeopleRows.ChannelId(package.Origin, channel), package.Id, package.CreatedAt, package.CreatedAt,
            })));
        yield return new GeneratedTable(
            "audit_package",
            "operation package_channel_operation, trigger package_channel_trigger, requester_id bigint, "
            + "requester_name text, created_at timestamptz, origin text, channel text, package_ident text",
            catalog.Rows().Where(package => package.IsStable).Select(package => new object?[]
            {
                package.Index % 40 == 0 ? "demote" : "promote", package.Index % 3 == 0 ? "builder_ui" : "hab_client", package.Origin.OwnerId,
                PackageCatalog.AccountName(package.Origin.Number * 4), package.CreatedAt.AddHours(3), package.Origin.Name, "stable", package.Ident,
            }));
        yield return new GeneratedTable(
            "audit_package_group",
            "package_ids bigint[], operation origin_package_operation, trigger package_channel_trigger, "
            + "requester_id bigint, requester_name text, group_id bigint, created_at timestamptz, origin text, "
            + "channel text",
            catalog.Rows().Where(package => package.Index % 500 == 0).Select(package => new object?[]
            {
                Enumerable.Range(package.Index, 20).Select(index => PackageCatalog.Id(2, index)).ToArray(), "promote", "unknown", package.Origin.OwnerId,
                PackageCatalog.AccountName(package.Origin.Number * 4), PackageCatalog.Id(20, package.Index), package.CreatedAt, package.Origin.Name, "stable",
            }));
        yield return new GeneratedTable(
            "job_graph",
            "group_id bigint, project_name text, job_id bigint, job_state job_exec_state, manifest_ident text, "
            + "as_built_ident text, dependencies bigint[], waiting_on_count integer, target_platform text",
            catalog.Rows().Where(package => package.Index % 200 == 0).Select(package => new object?[]
            {
                PackageCatalog.Id(21, package.Index / 1000), string.Create(CultureInfo.InvariantCulture, $"{package.Origin.Name}/{package.Name}"),
                PackageCatalog.Id(22, package.Index), package.Index % 1000 == 0 ? "job_failed" : "complete", package.Ident, package.Ident,
                package.Index == 0 ? Array.Empty<long>() : [package.Index / 200], 0, package.Target,
            }));
    }

    private static IEnumerable<string> Channels(PackageRow package)
    {
        yield return "unstable";
        if (package.IsStable)
        {
            yield return "stable";
        }

        if (package.Index % 10 == 0)
        {
            yield return "acceptance";
        }
    }
}

/// <summary>A table's rows to load.</summary>
internal sealed record GeneratedTable(string Name, string Columns, IEnumerable<object?[]> Rows);
