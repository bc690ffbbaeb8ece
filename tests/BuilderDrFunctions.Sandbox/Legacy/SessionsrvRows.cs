using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Data;

namespace BuilderDrFunctions.Sandbox.Legacy;

/// <summary>The rows of builder_sessionsrv. An account and all that belongs to it lies in one shard.</summary>
internal sealed class SessionsrvRows(PackageCatalog catalog, IReadOnlyList<BuilderKey> keys, int seed)
{
    private static readonly DateTimeOffset Joined = new(2017, 3, 6, 8, 0, 0, TimeSpan.Zero);

    /// <summary>An account's id, the same as in a current Builder: it ends in 0 bits, where accounts made later end in their shard.</summary>
    public static long AccountId(int number) => PackageCatalog.AccountId(number);

    public IEnumerable<GeneratedTable> Tables(int? shard)
    {
        List<int> accounts = [.. Enumerable.Range(0, catalog.Accounts).Where(n => shard is null || n % LegacyGenerator.ShardCount == shard)];
        return
        [
            new("accounts", "id bigint, name text, email text, created_at timestamptz, updated_at timestamptz",
                accounts.Select(n => new object?[]
                {
                    AccountId(n), PackageCatalog.AccountName(n), n % 9 == 0 ? null : $"{PackageCatalog.AccountName(n)}@example.com",
                    Joined, n % 7 == 0 ? null : Joined,
                })),
            new("account_origins", "account_id bigint, account_name text, origin_id bigint, origin_name text, created_at timestamptz",
                accounts.Where(n => n % 4 != 3).Select(n => new object?[]
                {
                    AccountId(n), PackageCatalog.AccountName(n), OriginsrvRows.OriginId(Origin(n)), Origin(n).Name, Joined,
                })),
            new("account_tokens", "id bigint, account_id bigint, token text, created_at timestamptz",
                accounts.Where(n => n % 4 != 3).Select(n => new object?[]
                {
                    PackageCatalog.Id(4, n) | (long)(n % LegacyGenerator.ShardCount), AccountId(n), Token(n), Joined,
                })),
            new("account_invitations",
                "id bigint, origin_invitation_id bigint, origin_id bigint, origin_name text, account_id bigint, "
                + "account_name text, owner_id bigint, ignored boolean",
                accounts.Where(n => n % 4 == 3).Select(n => new object?[]
                {
                    PackageCatalog.Id(18, n) | (long)(n % LegacyGenerator.ShardCount),
                    PackageCatalog.Id(6, n / 4) | (long)OriginsrvRows.Shard(Origin(n)), OriginsrvRows.OriginId(Origin(n)),
                    Origin(n).Name, AccountId(n), PackageCatalog.AccountName(n), Origin(n).OwnerId, n % 20 == 3,
                })),
        ];
    }

    private OriginModel Origin(int account) => catalog.Origins[account / 4];

    private string Token(int account) => BuilderBox.Token(keys[account % keys.Count], $"account {AccountId(account)}", Dice.For(seed, 41, account).Bytes(24));
}
