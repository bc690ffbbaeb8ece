using System.Net;
using Azure.Core;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;

namespace BuilderDrFunctions.Vault;

/// <summary>Makes the vault that <see cref="VaultOptions"/> describe. Nothing is contacted before the vault is used.</summary>
public static class VaultFactory
{
    /// <summary>Opens a vault; an address or key that cannot be right is a permanent fault.</summary>
    public static IVault Create(VaultOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out var url))
        {
            throw VaultFaults.AddressRefused("it is no absolute address");
        }

        if (url.Query.Length > 0 || url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            throw VaultFaults.AddressRefused("it has a query, a fragment or a user, which could be a secret");
        }

        return url.Scheme switch
        {
            "file" when url.Host.Length > 0 => throw VaultFaults.AddressRefused("file:// must be followed by a third / and a folder"),
            "file" when url.LocalPath.Trim('/').Length == 0 => throw VaultFaults.AddressRefused("the root folder of a machine is no vault"),
            "file" => new FolderVault(url.LocalPath.TrimEnd('/'), options.CreateIfMissing, time),
            "https" => new BlobVault(Container(url, options), options.CreateIfMissing),
            "http" when url.IsLoopback => new BlobVault(Container(url, options), options.CreateIfMissing),
            "http" => throw VaultFaults.AddressRefused("http is for an emulator on this machine only; use https"),
            _ => throw VaultFaults.AddressRefused("its scheme is none of https, http and file"),
        };
    }

    /// <summary>Opens the second vault; null where none is configured.</summary>
    public static IVault? CreateCopy(VaultOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        return string.IsNullOrEmpty(options.Copy.Url)
            ? null
            : Create(
                new VaultOptions
                {
                    Url = options.Copy.Url,
                    ConnectionString = options.Copy.ConnectionString,
                    AccountKey = options.Copy.AccountKey,
                    CreateIfMissing = options.Copy.CreateIfMissing,
                    RequestTimeout = options.RequestTimeout,
                },
                time);
    }

    /// <summary>The SDK's settings: an API version that Azurite knows too, few and short retries, a limit for each try.</summary>
    internal static BlobClientOptions ClientOptions(TimeSpan requestTimeout) => new(BlobClientOptions.ServiceVersion.V2025_11_05)
    {
        Retry =
        {
            Mode = RetryMode.Exponential,
            MaxRetries = 3,
            Delay = TimeSpan.FromMilliseconds(400),
            MaxDelay = TimeSpan.FromSeconds(5),
            NetworkTimeout = requestTimeout,
        },
        Diagnostics = { IsTelemetryEnabled = false },
    };

    private static BlobContainerClient Container(Uri url, VaultOptions options)
    {
        var (account, container) = Names(url);
        var client = ClientOptions(options.RequestTimeout);
        if (!string.IsNullOrEmpty(options.ConnectionString))
        {
            return OfConnectionString(url, container, options.ConnectionString, client);
        }

        if (string.IsNullOrEmpty(options.AccountKey))
        {
            return url.Scheme is "https"
                ? new BlobContainerClient(url, new DefaultAzureCredential(), client)
                : throw VaultFaults.AddressRefused("a managed identity needs https; give Vault__AccountKey for an emulator");
        }

        try
        {
            return new BlobContainerClient(url, new StorageSharedKeyCredential(account, options.AccountKey), client);
        }
        catch (FormatException)
        {
            throw VaultFaults.AddressRefused("Vault__AccountKey is not base64");
        }
    }

    private static BlobContainerClient OfConnectionString(Uri url, string container, string connectionString, BlobClientOptions options)
    {
        BlobContainerClient client;
        try
        {
            client = new BlobContainerClient(connectionString, container, options);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            // Its text may quote the string.
            throw VaultFaults.AddressRefused("Vault__ConnectionString cannot be parsed");
        }

        var there = client.Uri.GetLeftPart(UriPartial.Path);
        return string.Equals(there, url.AbsoluteUri.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)
            ? client
            : throw VaultFaults.AddressRefused($"Vault__ConnectionString is for {there}, not for {url.AbsoluteUri}");
    }

    /// <summary>Account and container: <c>https://account.blob…/container</c>, or with an emulator <c>http://address/account/container</c>.</summary>
    private static (string Account, string Container) Names(Uri url)
    {
        var words = url.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var pathStyle = url.IsLoopback || IPAddress.TryParse(url.Host, out _);
        return (pathStyle, words) switch
        {
            (false, [var container]) => (url.Host.Split('.')[0], container),
            (true, [var account, var container]) => (account, container),
            _ => throw VaultFaults.AddressRefused("behind the account it must name a container, and nothing more"),
        };
    }
}
