using System.Globalization;
using System.Text;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Data;

namespace BuilderDrFunctions.Sandbox.Legacy;

/// <summary>The rows of builder_originsrv. An origin and all that belongs to it lies in one shard.</summary>
internal sealed class OriginsrvRows(PackageCatalog catalog, IReadOnlyList<BuilderKey> keys, int seed)
{
    private const string KeyColumns =
        "id bigint, origin_id bigint, owner_id bigint, name text, revision text, "
        + "full_name text, body bytea, created_at timestamptz, updated_at timestamptz";

    private static readonly string[] Channels = ["stable", "unstable", "acceptance"];
    private static readonly DateTimeOffset Founded = new(2017, 3, 6, 8, 0, 0, TimeSpan.Zero);

    private readonly ILookup<int, NamedPackage> namesByShard = catalog.Names.ToLookup(name => Shard(name.Origin));

    /// <summary>The shard an origin lies in.</summary>
    public static int Shard(OriginModel origin) => origin.Number % LegacyGenerator.ShardCount;

    /// <summary>An origin's id: like all ids it ends in its shard.</summary>
    public static long OriginId(OriginModel origin) => Id(17, origin.Number, origin);

    public IEnumerable<GeneratedTable> Tables(int? shard)
    {
        List<OriginModel> origins = [.. catalog.Origins.Where(origin => shard is null || Shard(origin) == shard)];
        List<NamedPackage> names = [.. shard is { } one ? namesByShard[one] : catalog.Names];
        List<int> numbers = [.. names.Select(name => name.Number)];
        return [.. OriginTables(origins), .. ProjectTables(origins, names), .. PackageTables(numbers)];
    }

    private static long Id(int kind, long number, OriginModel origin) => PackageCatalog.Id(kind, number) | (long)Shard(origin);

    private static long ChannelId(OriginModel origin, int channel) => Id(3, (origin.Number * 8) + channel, origin);

    private static DateTimeOffset? Updated(int number) => number % 7 == 0 ? null : Founded;

    // dependencies are one text with colons, the last one too
    private static string Joined(string[] idents) => string.Concat(idents.Select(ident => ident + ":"));

    private IEnumerable<GeneratedTable> OriginTables(List<OriginModel> origins) =>
    [
        new("origins",
            "id bigint, name text, owner_id bigint, session_sync boolean, created_at timestamptz, "
            + "updated_at timestamptz, default_package_visibility text",
            origins.Select(o => new object?[]
            {
                OriginId(o), o.Name, o.OwnerId, o.Number % 3 != 0, Founded, Updated(o.Number), o.IsPrivate ? "private" : "public",
            })),
        new("origin_secrets", "id bigint, origin_id bigint, owner_id bigint, name text, value text",
            origins.Select(o => new object?[]
            {
                Id(11, o.Number, o), OriginId(o), o.OwnerId, "DEPLOY_TOKEN",
                $"ANONYMOUS-BOX-1\n{o.Name}\n{Dice.For(seed, 42, o.Number).Hex(40)}",
            })),
        new("origin_secret_keys", KeyColumns, OriginKeys(origins, 8, "SIG-SEC-1")),
        new("origin_public_keys", KeyColumns, OriginKeys(origins, 7, "SIG-PUB-1")),
        new("origin_public_encryption_keys", KeyColumns, OriginKeys(origins, 9, "BOX-PUB-1")),
        new("origin_private_encryption_keys", KeyColumns, OriginKeys(origins, 10, "BOX-SEC-1")),
        new("origin_members",
            "origin_id bigint, origin_name text, account_id bigint, account_name text, created_at timestamptz, updated_at timestamptz",
            origins.SelectMany(o => Enumerable.Range(o.Number * 4, 3).Select(n => new object?[]
            {
                OriginId(o), o.Name, SessionsrvRows.AccountId(n), PackageCatalog.AccountName(n), Founded, Updated(n),
            }))),
        new("origin_invitations",
            "id bigint, origin_id bigint, origin_name text, account_id bigint, account_name text, owner_id bigint, "
            + "ignored boolean, account_sync boolean",
            origins.Select(o => new object?[]
            {
                Id(6, o.Number, o), OriginId(o), o.Name, SessionsrvRows.AccountId((o.Number * 4) + 3),
                PackageCatalog.AccountName((o.Number * 4) + 3), o.OwnerId, o.Number % 5 == 0, true,
            })),
        new("origin_channels", "id bigint, origin_id bigint, owner_id bigint, name text, created_at timestamptz, updated_at timestamptz",
            origins.SelectMany(o => Channels.Select((channel, n) => new object?[]
            {
                ChannelId(o, n), OriginId(o), o.OwnerId, channel, Founded, Updated(n),
            }))),
    ];

    private static IEnumerable<GeneratedTable> ProjectTables(List<OriginModel> origins, List<NamedPackage> names) =>
    [
        new("origin_integrations", "id bigint, origin text, integration text, name text, body text",
            origins.Select(o => new object?[] { Id(12, o.Number, o), o.Name, "docker", "registry", "{\"username\":\"ci\"}" })),
        new("origin_projects",
            "id bigint, origin_id bigint, origin_name text, package_name text, name text, plan_path text, "
            + "owner_id bigint, vcs_type text, vcs_data text",
            names.Select(n => new object?[]
            {
                Id(13, n.Number, n.Origin), OriginId(n.Origin), n.Origin.Name, n.Name, $"{n.Origin.Name}/{n.Name}", $"{n.Name}/plan.sh",
                n.Origin.OwnerId, "git", $"https://git.example/{n.Origin.Name}.git",
            })),
        new("origin_project_integrations", "id bigint, origin text, body text, project_id bigint, integration_id bigint",
            names.Where(n => n.Number % 10 == 0).Select(n => new object?[]
            {
                Id(14, n.Number, n.Origin), n.Origin.Name, "{\"latest\":true}", Id(13, n.Number, n.Origin),
                Id(12, n.Origin.Number, n.Origin),
            })),
    ];

    private IEnumerable<GeneratedTable> PackageTables(List<int> numbers)
    {
        const string audit =
            "origin_id bigint, package_id bigint, channel_id bigint, operation smallint, trigger smallint, requester_id bigint, "
            + "requester_name text, created_at timestamptz";
        return
        [
            new("origin_packages",
                "id bigint, origin_id bigint, owner_id bigint, name text, ident text, checksum text, manifest text, "
                + "config text, target text, deps text, tdeps text, exposes text, scheduler_sync boolean, "
                + "created_at timestamptz, updated_at timestamptz, visibility text",
                catalog.Rows(numbers).Select(p => new object?[]
                {
                    Id(2, p.Index, p.Origin), OriginId(p.Origin), p.Origin.OwnerId, p.Name, p.Ident, Dice.For(seed, 30, p.Index).Hex(32),
                    ManifestText.Manifest(p, seed), ManifestText.Configuration(p, seed), p.Target, Joined(p.Deps), Joined(p.Tdeps),
                    Joined([.. p.Exposes.Select(port => port.ToString(CultureInfo.InvariantCulture))]), p.Index % 3 == 0, p.CreatedAt,
                    Updated(p.Index), p.Visibility,
                })),
            new("origin_channel_packages", "channel_id bigint, package_id bigint, created_at timestamptz, updated_at timestamptz",
                catalog.Rows(numbers).SelectMany(p => Enumerable.Range(0, Channels.Length).Where(channel => IsIn(p, channel)).Select(channel => new object?[]
                {
                    ChannelId(p.Origin, channel), Id(2, p.Index, p.Origin), p.CreatedAt, Updated(p.Index),
                }))),
            new("audit_package_group",
                "origin_id bigint, channel_id bigint, package_ids bigint[], operation smallint, trigger smallint, "
                + "requester_id bigint, requester_name text, group_id bigint, created_at timestamptz",
                catalog.Rows(numbers).Where(p => p.Index % 100 == 0).Select(p => new object?[]
                {
                    OriginId(p.Origin), ChannelId(p.Origin, 0), new[] { Id(2, p.Index, p.Origin) }, (short)0, (short)1, p.Origin.OwnerId,
                    p.Origin.Name, PackageCatalog.Id(20, p.Index), p.CreatedAt,
                })),
            new("audit_package", audit, catalog.Rows(numbers).Where(p => p.IsStable).Select(Audit)),
            new("audit", audit, catalog.Rows(numbers).Where(p => p.Index % 20 == 0).Select(Audit)),
        ];
    }

    private static object?[] Audit(PackageRow package) =>
    [
        OriginId(package.Origin), Id(2, package.Index, package.Origin), ChannelId(package.Origin, 0), (short)(package.Index % 2),
        (short)(package.Index % 3), package.Origin.OwnerId, package.Origin.Name, package.CreatedAt,
    ];

    private static bool IsIn(PackageRow package, int channel) => channel switch { 0 => package.IsStable, 1 => true, _ => package.Index % 10 == 0 };

    private IEnumerable<object?[]> OriginKeys(List<OriginModel> origins, int kind, string format)
    {
        foreach (var origin in origins)
        {
            for (var n = 0; n < origin.KeyRevisions.Count; n++)
            {
                var number = (origin.Number * 4) + n;
                var fullName = $"{origin.Name}-{origin.KeyRevisions[n]}";
                var file = $"{format}\n{fullName}\n\n{Convert.ToBase64String(Dice.For(seed, 60 + kind, number).Bytes(32))}";
                // private encryption keys were boxed with the Builder's key from the first day
                var body = format.StartsWith("BOX-SEC", StringComparison.Ordinal)
                    ? BuilderBox.Seal(keys[number % keys.Count], file, Dice.For(seed, 80, number).Bytes(24))
                    : file;
                yield return
                [
                    Id(kind, number, origin), OriginId(origin), origin.OwnerId, origin.Name, origin.KeyRevisions[n], fullName,
                    Encoding.UTF8.GetBytes(body), Founded, Updated(number),
                ];
            }
        }
    }
}
