using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Vault;

/// <summary>Section <c>Vault</c>: where backup sets lie and how to get there. Holds secrets: never serialized, never logged.</summary>
public sealed class VaultOptions : IValidatableObject
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Vault";

    /// <summary>
    /// <c>https://account.blob.core.windows.net/container</c>, Azurite's <c>http://127.0.0.1:10000/devstoreaccount1/container</c>,
    /// or <c>file:///folder</c>. No default; never with a query (a SAS).
    /// </summary>
    [Required(AllowEmptyStrings = false)]
    public string Url { get; init; } = "";

    /// <summary>An Azure Storage connection string of the account in <see cref="Url"/>. Default: none.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The account's key, base64. Default: none. With neither this nor a connection string the managed identity is used.</summary>
    public string? AccountKey { get; init; }

    /// <summary>Whether a missing container (or the last level of a missing folder) is created. False for a folder on a disk of its own, once it was made: where it holds no vault, because the disk is not mounted, it is refused. Default: true.</summary>
    public bool CreateIfMissing { get; init; } = true;

    /// <summary>Limit for one try of one request, which moves at most one block of 4 MiB. Default: 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A second vault of any kind, filled from this one behind every backup.</summary>
    public VaultCopyOptions Copy { get; init; } = new();

    /// <summary>How keys and configuration are encrypted.</summary>
    [ValidateObjectMembers]
    public VaultEncryptionOptions Encryption { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PlaceOf(Copy.Url) is { } copy && copy == PlaceOf(Url))
        {
            yield return new ValidationResult("Vault__Copy__Url must name another place than Vault__Url, or be left out: what is lost with the first vault is no second copy");
        }
    }

    // Uri has scheme and host in lower case, and no default port.
    private static string? PlaceOf(string? address) => Uri.TryCreate(address, UriKind.Absolute, out var url) ? url.GetLeftPart(UriPartial.Path).TrimEnd('/') : null;
}

/// <summary>Section <c>Vault:Copy</c>. Holds secrets: never serialized, never logged.</summary>
public sealed class VaultCopyOptions
{
    /// <summary>As <see cref="VaultOptions.Url"/>, and another place than that. Default: none, and then there is no second copy.</summary>
    public string? Url { get; init; }

    /// <summary>As <see cref="VaultOptions.ConnectionString"/>. Default: none.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>As <see cref="VaultOptions.AccountKey"/>. Default: none; then the managed identity is used.</summary>
    public string? AccountKey { get; init; }

    /// <summary>As <see cref="VaultOptions.CreateIfMissing"/>. Default: true.</summary>
    public bool CreateIfMissing { get; init; } = true;
}

/// <summary>Section <c>Vault:Encryption</c>.</summary>
public sealed class VaultEncryptionOptions
{
    /// <summary>32 bytes in base64 (<c>openssl rand -base64 32</c>). Default: none, and then keys and configuration are not stored.</summary>
    [Base64String]
    public string? Key { get; init; }
}

/// <summary>Checks <see cref="VaultOptions"/> at start; the source generator writes it.</summary>
[OptionsValidator]
public sealed partial class VaultOptionsValidator : IValidateOptions<VaultOptions>;
