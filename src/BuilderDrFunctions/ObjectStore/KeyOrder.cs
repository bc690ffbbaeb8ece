namespace BuilderDrFunctions.ObjectStore;

/// <summary>The order of S3 listings: by the bytes of the keys' UTF-8.</summary>
/// <remarks>Ordinal comparison of .NET strings differs from it: surrogates sort before U+E000, while what they stand for sorts behind U+FFFF.</remarks>
public sealed class KeyOrder : IComparer<string>
{
    private KeyOrder()
    {
    }

    /// <summary>For collections.</summary>
    public static KeyOrder Instance { get; } = new();

    /// <summary>Below zero when <paramref name="x"/> comes first.</summary>
    public static int Compare(string x, string y)
    {
        var length = Math.Min(x.Length, y.Length);
        var at = x.AsSpan(0, length).CommonPrefixLength(y.AsSpan(0, length));
        return at == length ? x.Length - y.Length : Rank(x[at]) - Rank(y[at]);
    }

    int IComparer<string>.Compare(string? x, string? y) => Compare(x ?? "", y ?? "");

    private static int Rank(char value) => value < 0xD800 ? value : value >= 0xE000 ? value - 0x800 : value + 0x2000;
}
