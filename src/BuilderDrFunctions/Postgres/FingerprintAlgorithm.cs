namespace BuilderDrFunctions.Postgres;

/// <summary>The names under which a fingerprint says how its rows were digested. A name never changes its meaning.</summary>
public static class FingerprintAlgorithm
{
    /// <summary>Two sums of seeded 64-bit hashes (<c>hashtextextended</c> and its kin), PostgreSQL 11 and later.</summary>
    public const string Hash = "rowsum-hashextended-v1";

    /// <summary>Two sums of the halves of each row's MD5, for servers before 11; refused where OpenSSL forbids MD5.</summary>
    public const string Md5 = "rowsum-md5-v1";
}
