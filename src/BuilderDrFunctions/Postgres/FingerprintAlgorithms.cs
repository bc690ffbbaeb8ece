namespace BuilderDrFunctions.Postgres;

/// <summary>Which algorithm a server can compute.</summary>
internal static class FingerprintAlgorithms
{
    private const int FirstWithHashes = 110000;

    /// <summary>The better one of those that it has.</summary>
    public static string BestFor(ServerFacts server) => server.VersionNumber >= FirstWithHashes ? FingerprintAlgorithm.Hash : FingerprintAlgorithm.Md5;

    /// <summary>The one asked for; one that the server has not, or that this version does not know, is a permanent fault.</summary>
    public static string Checked(string algorithm, ServerFacts server) => algorithm switch
    {
        FingerprintAlgorithm.Md5 => algorithm,
        FingerprintAlgorithm.Hash when server.VersionNumber >= FirstWithHashes => algorithm,
        _ => throw PostgresFaults.UnknownAlgorithm(algorithm, server.Version),
    };
}
