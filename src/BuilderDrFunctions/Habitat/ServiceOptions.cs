using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Habitat;

/// <summary>Section <c>Sites:&lt;name&gt;:Service</c>: the machine a Builder runs on, and its API's service.</summary>
public sealed class ServiceOptions
{
    /// <summary><c>ssh</c>: over SSH; <c>local</c>: this very machine; <c>none</c>: no way to the machine, nothing is stopped or started. Default: <c>none</c>.</summary>
    [AllowedValues("ssh", "local", "none")]
    public string Control { get; init; } = "none";

    /// <summary>With <c>ssh</c>: host name or address. No default.</summary>
    public string? Host { get; init; }

    /// <summary>SSH port. Default: 22.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 22;

    /// <summary>SSH user. Default: <c>root</c>, who alone reads a Builder's keys; see <see cref="Sudo"/> for another.</summary>
    [Required(AllowEmptyStrings = false)]
    public string User { get; init; } = "root";

    /// <summary>File with the private key (OpenSSH or PEM, without a passphrase), readable by this app alone. No default.</summary>
    public string? PrivateKeyFile { get; init; }

    /// <summary>The private key itself, for where a secret can be handed over as a setting but not as a file, such as a Key Vault reference. No default; it wins over the file.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>The host key's fingerprint as <c>ssh-keygen -lf</c> prints it, <c>SHA256:…</c>. No default: an unknown host is refused.</summary>
    public string? HostKeyFingerprint { get; init; }

    /// <summary>Whether <c>hab</c> and the reading and writing of files run under <c>sudo -n</c>. Default: false.</summary>
    public bool Sudo { get; init; }

    /// <summary>The service's package. Default: <c>habitat/builder-api</c>.</summary>
    [RegularExpression("^[A-Za-z0-9_-]+/[A-Za-z0-9_-]+$")]
    public string Name { get; init; } = "habitat/builder-api";

    /// <summary>
    /// What answers 200 while the API serves; a loopback address is the Builder host's own. Default: <c>http://127.0.0.1:9636/v1/status</c>
    /// where the service is controlled, none otherwise; empty: nothing is asked.
    /// </summary>
    public string? StatusUrl { get; init; }

    /// <summary>How long a stop may take until the supervisor says down. Default: 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a start may take until the status URL answers. Default: 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Limit for reaching the host and logging in. Default: 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Limit for one small command or file. Default: 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Where Habitat lies on the host. Default: <c>/hab</c>.</summary>
    [RegularExpression("^/[A-Za-z0-9/._-]*$")]
    public string HabRoot { get; init; } = "/hab";

    /// <summary>More configuration files to save, as absolute shell patterns. Default: none; a Builder's usual ones are saved anyway.</summary>
    public IReadOnlyList<string> ExtraFiles { get; init; } = [];

    internal bool OverSsh => Control is "ssh";

    internal bool Controlled => Control is not "none";
}

/// <summary>Checks <see cref="ServiceOptions"/>; the source generator writes it.</summary>
[OptionsValidator]
public sealed partial class ServiceOptionsValidator : IValidateOptions<ServiceOptions>;
