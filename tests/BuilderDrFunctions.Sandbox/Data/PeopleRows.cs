using System.Globalization;
using BuilderDrFunctions.Sandbox.Builder;

namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>Accounts, origins, members, keys, secrets, integrations, projects and channels: the rows that are few.</summary>
internal sealed class PeopleRows(PackageCatalog catalog, IReadOnlyList<BuilderKey> keys, int seed)
{
    private const string KeyColumns =
        "id bigint, owner_id bigint, name text, revision text, "
        + "full_name text, body text, created_at timestamptz, updated_at timestamptz, origin text";

    private static readonly string[] Channels = ["stable", "unstable", "acceptance"];
    private static readonly DateTimeOffset Founded = new(2019, 1, 7, 8, 0, 0, TimeSpan.Zero);

    public static long ChannelId(OriginModel origin, string channel) => PackageCatalog.Id(3, (origin.Number * 8) + Array.IndexOf(Channels, channel));

    public IEnumerable<GeneratedTable> Tables() => [.. AccountTables(), .. KeyTables(), .. OriginTables()];

    private IEnumerable<GeneratedTable> AccountTables() =>
    [
        new("accounts", "id bigint, name text, email text, created_at timestamptz, updated_at timestamptz",
            People().Select(n => new object?[]
            {
                PackageCatalog.AccountId(n), PackageCatalog.AccountName(n), $"{PackageCatalog.AccountName(n)}@example.com", Founded,
                Founded,
            })),
        new("account_tokens", "id bigint, account_id bigint, token text, created_at timestamptz",
            People().Where(n => n % 4 != 3).Select(n => new object?[]
            {
                PackageCatalog.Id(4, n), PackageCatalog.AccountId(n), Token(n), Founded,
            })),
        new("license_keys", "id bigint, account_id bigint, license_key text, expiration_date date, created_at timestamptz",
            People().Where(n => n % 4 == 0).Select(n => new object?[]
            {
                PackageCatalog.Id(5, n), PackageCatalog.AccountId(n), $"license-{Draw(40, n).Hex(16)}", new DateOnly(2027, 12, 31),
                Founded,
            })),
        new("origins",
            "name text, owner_id bigint, created_at timestamptz, updated_at timestamptz, "
            + "default_package_visibility origin_package_visibility",
            catalog.Origins.Select(o => new object?[] { o.Name, o.OwnerId, Founded, Founded, o.IsPrivate ? "private" : "public" })),
        new("origin_members",
            "origin text, account_id bigint, created_at timestamptz, updated_at timestamptz, member_role origin_member_role",
            catalog.Origins.SelectMany(o => Enumerable.Range(0, 3).Select(n => new object?[]
            {
                o.Name, PackageCatalog.AccountId((o.Number * 4) + n), Founded, Founded, Role(n),
            }))),
        new("origin_invitations", "id bigint, origin text, account_id bigint, account_name text, owner_id bigint, ignored boolean",
            catalog.Origins.Select(o => new object?[]
            {
                PackageCatalog.Id(6, o.Number), o.Name, PackageCatalog.AccountId((o.Number * 4) + 3),
                PackageCatalog.AccountName((o.Number * 4) + 3), o.OwnerId, o.Number % 5 == 0,
            })),
    ];

    private IEnumerable<GeneratedTable> KeyTables() =>
    [
        new("origin_public_keys", KeyColumns, OriginKeys(7, "SIG-PUB-1", sealedBody: false)),
        new("origin_secret_keys", KeyColumns + ", encryption_key_rev text",
            OriginKeys(8, "SIG-SEC-1", sealedBody: true).Select((row, n) => (object?[])[.. row, KeyFor(n).Revision])),
        new("origin_public_encryption_keys", KeyColumns, OriginKeys(9, "BOX-PUB-1", sealedBody: false)),
        new("origin_private_encryption_keys", KeyColumns, OriginKeys(10, "BOX-SEC-1", sealedBody: true)),
        new("origin_secrets", "id bigint, owner_id bigint, name text, value text, origin text",
            catalog.Origins.SelectMany(o => Enumerable.Range(0, 2).Select(n => new object?[]
            {
                PackageCatalog.Id(11, (o.Number * 2) + n), o.OwnerId, $"SECRET_{n}", Secret(o, n), o.Name,
            }))),
        new("origin_integrations", "id bigint, origin text, integration text, name text, body text",
            catalog.Origins.Select(o => new object?[]
            {
                PackageCatalog.Id(12, o.Number), o.Name, "docker", "registry",
                Seal(12, o.Number, "{\"username\":\"ci\",\"password\":\"sandbox\"}"),
            })),
    ];

    private IEnumerable<GeneratedTable> OriginTables() =>
    [
        new("origin_projects",
            "id bigint, origin text, package_name text, name text, plan_path text, owner_id bigint, vcs_type text, "
            + "vcs_data text, vcs_installation_id bigint, target text",
            Projects()),
        new("origin_project_integrations", "id bigint, origin text, body text, project_id bigint, integration_id bigint",
            catalog.Names.Where(name => name.Number % 10 == 0).Select(name => new object?[]
            {
                PackageCatalog.Id(14, name.Number), name.Origin.Name, "{\"version\":true,\"latest\":true}",
                PackageCatalog.Id(13, name.Number), PackageCatalog.Id(12, name.Origin.Number),
            })),
        new("origin_package_settings", "id bigint, origin text, name text, visibility origin_package_visibility, owner_id bigint",
            catalog.Names.DistinctBy(name => (name.Origin.Number, name.Name)).Select((name, n) => new object?[]
            {
                PackageCatalog.Id(15, n), name.Origin.Name, name.Name, name.Origin.IsPrivate ? "private" : "public", name.Origin.OwnerId,
            })),
        new("origin_channels", "id bigint, owner_id bigint, name text, created_at timestamptz, updated_at timestamptz, origin text",
            catalog.Origins.SelectMany(o => Channels.Select(channel => new object?[]
            {
                ChannelId(o, channel), o.OwnerId, channel, Founded, Founded, o.Name,
            }))),
        new("audit_origin",
            "id bigint, operation origin_operation, target_object text, origin text, requester_id bigint, requester_name text",
            catalog.Origins.Select(o => new object?[]
            {
                PackageCatalog.Id(16, o.Number), "origin_create", o.Name, o.Name, o.OwnerId, PackageCatalog.AccountName(o.Number * 4),
            })),
    ];

    private static string Role(int number) => number switch { 0 => "owner", 1 => "maintainer", _ => "member" };

    private IEnumerable<int> People() => Enumerable.Range(0, catalog.Accounts);

    private Dice Draw(int kind, long item) => Dice.For(seed, kind, item);

    // most rows name the newest revision, some still an old one: all revisions must be kept
    private BuilderKey KeyFor(int item) => item % 5 == 0 ? keys[0] : keys[^1];

    private string Seal(int kind, int item, string content) => BuilderBox.Seal(KeyFor(item), content, Draw(50 + kind, item).Bytes(24));

    private string Token(int account) =>
        BuilderBox.Token(KeyFor(account), string.Create(CultureInfo.InvariantCulture, $"account {account}"), Draw(41, account).Bytes(24));

    private string Secret(OriginModel origin, int number) =>
        $"ANONYMOUS-BOX-1\n{origin.Name}-{origin.KeyRevisions[^1]}\n{Convert.ToBase64String(Draw(42, (origin.Number * 2) + number).Bytes(80))}";

    private IEnumerable<object?[]> OriginKeys(int kind, string format, bool sealedBody)
    {
        var number = 0;
        foreach (var origin in catalog.Origins)
        {
            foreach (var revision in origin.KeyRevisions)
            {
                var fullName = $"{origin.Name}-{revision}";
                var file = $"{format}\n{fullName}\n\n{Convert.ToBase64String(Draw(60 + kind, number).Bytes(32))}";
                var body = sealedBody ? Seal(kind, number, file) : file;
                yield return [PackageCatalog.Id(kind, number), origin.OwnerId, origin.Name, revision, fullName, body, Founded, Founded, origin.Name];
                number++;
            }
        }
    }

    private IEnumerable<object?[]> Projects() =>
        catalog.Names.Select((name, n) => new object?[]
        {
            PackageCatalog.Id(13, n), name.Origin.Name, name.Name, string.Create(CultureInfo.InvariantCulture, $"{name.Origin.Name}/{name.Name}"), $"{name.Name}/plan.sh",
            name.Origin.OwnerId, "git", $"https://git.example/{name.Origin.Name}/plans.git", (long)name.Origin.Number, name.Target,
        });
}
