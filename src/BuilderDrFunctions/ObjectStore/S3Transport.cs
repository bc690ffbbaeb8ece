using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>The HTTP connections to S3 endpoints, one pool for the life of the host whatever number of activities opens a store.</summary>
internal static class S3Transport
{
    private static readonly ConcurrentDictionary<(string? CaFile, int ConnectSeconds), Lazy<SocketsHttpHandler>> Handlers = new();

    /// <summary>A client for these settings, of its own headers and time limit, over the shared connections.</summary>
    public static HttpClient For(ArtifactsOptions options)
    {
        var handler = Handlers.GetOrAdd(
            (options.CaFile, options.ConnectSeconds),
            static settings => new Lazy<SocketsHttpHandler>(() => Handler(settings.CaFile, settings.ConnectSeconds))).Value;

        // Silence is timed per request and per read; a whole-request limit would cut long downloads short.
        return new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static SocketsHttpHandler Handler(string? caFile, int connectSeconds)
    {
        var authorities = caFile is null ? null : ReadAuthorities(caFile);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(connectSeconds),
            ConnectCallback = static (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, cancellationToken),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            // A body given up half way is not worth draining: a new connection is cheaper than 300 MB.
            MaxResponseDrainSize = 256 * 1024,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        };
        if (authorities is not null)
        {
            handler.SslOptions.RemoteCertificateValidationCallback =
                (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, authorities);
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint server, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, cancellationToken);
            return new PromptAckStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static X509Certificate2Collection ReadAuthorities(string caFile)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(caFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw ObjectStoreFaults.BadCaFile(caFile, error.Message);
        }

        return authorities.Count > 0 ? authorities : throw ObjectStoreFaults.BadCaFile(caFile, "it holds no certificate");
    }

    /// <summary>What the machine trusts is trusted; a chain it does not know may end in one of the operator's authorities instead.</summary>
    private static bool IsTrusted(X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        // A private authority seldom publishes a revocation list.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(leaf);
    }
}
