using System.Net.Sockets;
using System.Text;
using BuilderDrFunctions.Faults;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace BuilderDrFunctions.Habitat;

/// <summary>Makes connections to one host whose key is the pinned one.</summary>
internal sealed class SshConnector
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    // Hardware does AES-GCM many times faster than CTR with a MAC.
    private static readonly string[] PreferredCiphers = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"];

    private readonly ServiceOptions _options;
    private readonly string _host;
    private readonly string? _pinned;

    internal SshConnector(ServiceOptions options)
    {
        _options = options;
        _host = options.Host ?? throw HabitatFaults.Misconfigured("Control is ssh, but Host is not set");
        Description = FormattableString.Invariant($"{options.User}@{_host}:{options.Port}");
        if (!string.IsNullOrWhiteSpace(options.HostKeyFingerprint))
        {
            _pinned = SshFingerprint.Normalize(options.HostKeyFingerprint)
                ?? throw HabitatFaults.Misconfigured("HostKeyFingerprint is not SHA256: and 43 base64 digits");
        }
    }

    internal string Description { get; }

    /// <summary>Connects and logs in.</summary>
    /// <remarks>
    /// A host has a key of each kind, and the pin is of one of them. When the kind negotiated first is not it, the others are tried; only a key
    /// with the pinned fingerprint is ever trusted.
    /// </remarks>
    internal async Task<SshClient> ConnectAsync(CancellationToken cancellationToken)
    {
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        var shown = new List<string>();
        while (true)
        {
            string? kind = null;
            string? fingerprint = null;
            var client = NewClient(kinds);
            client.HostKeyReceived += (_, e) =>
            {
                (kind, fingerprint) = (e.HostKeyName, SshFingerprint.Normalize(e.FingerPrintSHA256));
                e.CanTrust = _pinned is not null && string.Equals(fingerprint, _pinned, StringComparison.Ordinal);
            };
            var fault = await TryConnectAsync(client, () => fingerprint is null || string.Equals(fingerprint, _pinned, StringComparison.Ordinal), cancellationToken);
            if (client.IsConnected)
            {
                client.KeepAliveInterval = KeepAlive;
                return client;
            }

            client.Dispose();
            if (fingerprint is null && shown.Count > 0)
            {
                throw HabitatFaults.HostKeyChanged(Description, _pinned!, shown);
            }

            if (fault is not null)
            {
                throw fault;
            }

            if (_pinned is null)
            {
                throw HabitatFaults.HostKeyNotPinned(Description, fingerprint);
            }

            shown.Add(fingerprint!);
            kinds.Add(Family(kind!));
        }
    }

    /// <summary>The fault, or null when the host's key was refused.</summary>
    private async Task<FaultException?> TryConnectAsync(SshClient client, Func<bool> keyWasRight, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.ConnectTimeout);
        try
        {
            await client.ConnectAsync(limit.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HabitatFaults.Unreachable(Description, FormattableString.Invariant($"no answer within {_options.ConnectTimeout.TotalSeconds:0} s"));
        }
        catch (SshAuthenticationException)
        {
            return HabitatFaults.LoginRefused(Description);
        }
        catch (SocketException e)
        {
            return HabitatFaults.Unreachable(Description, e.SocketErrorCode.ToString());
        }
        catch (Exception e) when (e is SshException or IOException or ObjectDisposedException)
        {
            return keyWasRight() ? HabitatFaults.Unreachable(Description, "the SSH connection could not be made") : null;
        }
    }

    private SshClient NewClient(HashSet<string> refusedKinds)
    {
        var info = new ConnectionInfo(_host, _options.Port, _options.User, new PrivateKeyAuthenticationMethod(_options.User, PrivateKey()))
        {
            Timeout = _options.ConnectTimeout,
            RetryAttempts = 1,
        };
        var ciphers = info.Encryptions.OrderBy(cipher => !PreferredCiphers.Contains(cipher.Key, StringComparer.Ordinal))
            .Where(cipher => !cipher.Key.EndsWith("-cbc", StringComparison.Ordinal)).ToList();
        info.Encryptions.Clear();
        foreach (var (name, cipher) in ciphers)
        {
            info.Encryptions.Add(name, cipher);
        }

        // A certificate has the fingerprint of its key, but is signed by somebody this app knows nothing of.
        foreach (var name in info.HostKeyAlgorithms.Keys.Where(name => name.Contains("-cert-", StringComparison.Ordinal) || refusedKinds.Contains(Family(name))).ToList())
        {
            info.HostKeyAlgorithms.Remove(name);
        }

        if (info.HostKeyAlgorithms.Count == 0)
        {
            throw HabitatFaults.HostKeyChanged(Description, _pinned ?? "none", ["a key of another kind each time"]);
        }

        return new SshClient(info);
    }

    private PrivateKeyFile PrivateKey()
    {
        var text = _options.PrivateKey;
        var file = string.IsNullOrWhiteSpace(text) ? _options.PrivateKeyFile : null;
        try
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                using var key = new MemoryStream(Encoding.UTF8.GetBytes(text));
                return new PrivateKeyFile(key);
            }

            return string.IsNullOrWhiteSpace(file)
                ? throw HabitatFaults.PrivateKeyUnusable(null, "neither PrivateKeyFile nor PrivateKey is set")
                : new PrivateKeyFile(file);
        }
        catch (SshPassPhraseNullOrEmptyException)
        {
            throw HabitatFaults.PrivateKeyUnusable(file, "it is protected by a passphrase");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw HabitatFaults.PrivateKeyUnusable(file, "there is no such file");
        }
        catch (UnauthorizedAccessException)
        {
            throw HabitatFaults.PrivateKeyUnusable(file, "permission denied");
        }
        catch (Exception e) when (e is SshException or IOException or FormatException or ArgumentException or NotSupportedException)
        {
            throw HabitatFaults.PrivateKeyUnusable(file, "it is not a private key");
        }
    }

    /// <summary>The kind of key behind an algorithm's name: an RSA key has three.</summary>
    private static string Family(string algorithm) => algorithm.Contains("rsa", StringComparison.Ordinal) ? "rsa" : algorithm;
}
