using System.Globalization;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Habitat;

/// <summary>Every fault of a Builder host and its services, numbered; listed for operators in docs/errors/habitat.md.</summary>
internal static class HabitatFaults
{
    internal const string FileUnreadableCode = "DR6010";

    /// <summary>For hints: what starts the API on the Builder host, unless <see cref="ServiceOptions.Name"/> is another.</summary>
    internal const string StartByHand = "hab svc start habitat/builder-api";

    /// <summary>For hints: what loads the API, as on-prem-builder's installer does.</summary>
    internal const string LoadByHand = "hab svc load habitat/builder-api --bind memcached:builder-memcached.default --channel on-prem-stable";

    /// <summary>Whether a fault is the host's, or the way to it.</summary>
    internal static bool IsOfHost(FaultException fault) => fault.Code.StartsWith("DR6", StringComparison.Ordinal);

    internal static TransientFaultException Unreachable(string host, string cause) => new(
        "DR6001", $"{host} cannot be reached over SSH: {cause}",
        "check that the machine and its sshd run, and name resolution and firewall in between; the step is tried again");

    internal static PermanentFaultException HostKeyChanged(string host, string expected, IEnumerable<string> seen) => new(
        "DR6002", $"{host} shows another host key than the pinned one: pinned {expected}, shown {string.Join(" and ", seen)}",
        "if the machine was rebuilt, run 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' on its console and set HostKeyFingerprint to what it prints; otherwise someone is in the middle: do not change it");

    internal static PermanentFaultException HostKeyNotPinned(string host, string? seen) => new(
        "DR6003", $"no HostKeyFingerprint is set for {host}" + (seen is null ? "" : $", which shows {seen}"),
        "run 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' on the machine's console, compare, and set Sites__<site>__Service__HostKeyFingerprint to the SHA256:… it prints");

    internal static PermanentFaultException LoginRefused(string host) => new(
        "DR6004", $"{host} refuses the login with this key",
        "check Sites__<site>__Service__User, and that the public key is in that user's ~/.ssh/authorized_keys");

    internal static PermanentFaultException PrivateKeyUnusable(string? file, string cause) => new(
        "DR6005", file is null ? $"the private key is not usable: {cause}" : $"the private key file '{file}' is not usable: {cause}",
        "point Sites__<site>__Service__PrivateKeyFile to an OpenSSH or PEM key without a passphrase that this app's account may read, or set Sites__<site>__Service__PrivateKey to the key");

    internal static TransientFaultException ConnectionBroke(string host, string doing) => new(
        "DR6006", $"the connection to {host} broke while {doing}",
        "the step is tried again; if it stays so, look at the network and at the machine's sshd log");

    internal static TransientFaultException CommandTimedOut(string host, string program, TimeSpan limit) => new(
        "DR6007", string.Create(CultureInfo.InvariantCulture, $"'{program}' on {host} did not end within {limit.TotalSeconds:0} s and was ended"),
        "look at the machine's load and log; raise Sites__<site>__Service__CommandTimeout if it is just slow");

    internal static PermanentFaultException NoShell(string host, string cause, bool sudo = false) => new(
        "DR6008", $"commands cannot be run on {host}: {cause}",
        sudo
            ? "allow this login 'sudo -n sh' and 'sudo -n hab' without a password (NOPASSWD in /etc/sudoers.d), or log in as root and set Sites__<site>__Service__Sudo to false"
            : "the user needs a POSIX shell, and the machine GNU coreutils (dd, stat, head) and setsid; no ForceCommand and no nologin");

    internal static PermanentFaultException OutputTooLarge(string host, string program, long limit) => new(
        "DR6009", string.Create(CultureInfo.InvariantCulture, $"'{program}' on {host} wrote more than {limit} bytes and was ended"),
        "run it by hand and see what it says");

    internal static PermanentFaultException FileUnreadable(string host, string path) => new(
        FileUnreadableCode, $"'{path}' on {host} is not readable by this login",
        "log in as root, or set Sites__<site>__Service__Sudo to true and allow the user 'sudo -n sh'");

    internal static PermanentFaultException FileTooLarge(string host, string path, long limit) => new(
        "DR6011", string.Create(CultureInfo.InvariantCulture, $"'{path}' on {host} is larger than {limit} bytes, which no key or configuration file is"),
        "see what the file is and move it away");

    internal static PermanentFaultException WriteFailed(string host, string path, string cause) => new(
        "DR6012", $"'{path}' on {host} could not be written: {cause}",
        "check free space, and that this login may write there and change owners (root, or Sites__<site>__Service__Sudo)");

    internal static TransientFaultException TunnelFailed(string host, string target, string cause) => new(
        "DR6013", $"no tunnel to {target} through {host} could be opened: {cause}",
        "the step is tried again; if it stays so, look at the network and at the machine's sshd log, and whether this machine has ports and file handles left");

    internal static PermanentFaultException StopTimedOut(string service, string host, TimeSpan limit) => new(
        "DR6020", string.Create(CultureInfo.InvariantCulture, $"{service} on {host} was told to stop and is not down after {limit.TotalSeconds:0} s"),
        "look at the supervisor's log (journalctl -u hab-sup); raise Sites__<site>__Service__StopTimeout if it is just slow");

    internal static TransientFaultException StartTimedOut(string service, string host, TimeSpan limit) => new(
        "DR6021", string.Create(CultureInfo.InvariantCulture, $"{service} on {host} was told to start and is not up after {limit.TotalSeconds:0} s"),
        "look at the supervisor's log (journalctl -u hab-sup); the start is tried again");

    internal static TransientFaultException NotServing(string service, string url, string answer, TimeSpan limit) => new(
        "DR6022", string.Create(CultureInfo.InvariantCulture, $"{service} is up, but {url} does not answer 200 within {limit.TotalSeconds:0} s: {answer}"),
        "look at the API's log; its database or keys may be missing; the start is tried again");

    internal static PermanentFaultException SupervisorRefused(string command, string host, int exitCode) => new(
        "DR6023", string.Create(CultureInfo.InvariantCulture, $"'{command}' on {host} failed with exit code {exitCode}"),
        "run it by hand as this user; hab needs root (or Sites__<site>__Service__Sudo) to read the supervisor's CTL_SECRET");

    internal static TransientFaultException SupervisorUnreachable(string host) => new(
        "DR6024", $"the Habitat supervisor on {host} does not answer",
        "start it (systemctl start hab-sup); the step is tried again");

    internal static PermanentFaultException NotControlled(string service) => new(
        "DR6025", $"{service} cannot be stopped or started: Sites__<site>__Service__Control is none",
        "set Sites__<site>__Service__Control to ssh or local, or ask for a run that leaves the API alone");

    internal static PermanentFaultException SupervisorAnswerUnknown(string command, string host, string answer) => new(
        "DR6026", $"what '{command}' on {host} prints is not understood: {(answer.Length == 0 ? "nothing" : $"'{answer}'")}",
        "run it by hand as this user: it must print a heading with the words package and state, and a line for each service, and ask nothing");

    internal static PermanentFaultException ConfigMissing(string host, string path) => new(
        "DR6030", $"'{path}' is not on {host}",
        "set the site's Postgres and Artifacts settings, or point Sites__<site>__Service__HabRoot to where Builder's services lie");

    internal static PermanentFaultException ConfigMalformed(string host, string path, string where) => new(
        "DR6031", $"'{path}' on {host} is not the configuration of builder-api: {where}",
        "mend the file, or set the site's Postgres and Artifacts settings");

    internal static PermanentFaultException KeyUnreadable(string host, string path) => new(
        "DR6040", $"the Builder key '{path}' on {host} is not readable by this login",
        "log in as root or set Sites__<site>__Service__Sudo; without every key revision a restored Builder cannot open its secrets");

    internal static PermanentFaultException KeyDiffers(string host, string path, string there, string stored) => new(
        "DR6041", $"'{path}' on {host} is another key than the backup set's: there {there}, in the set {stored} (SHA-256)",
        "keep the one the database was written with; to put the set's in its place, ask with \"overwriteKeys\": true, which touches keys alone");

    internal static PermanentFaultException PackageMalformed(string cause) => new(
        "DR6042", $"the package of keys and configuration is not usable: {cause}",
        "verify the backup set and use another one");

    internal static PermanentFaultException Misconfigured(string cause) => new(
        "DR6050", $"the site's Service settings are not usable: {cause}",
        "see Sites__<name>__Service__… in the configuration reference");

    internal static PermanentFaultException NoToken() => new(
        "DR6060", "there is no access token for Builder's API, so nothing can be uploaded",
        "make a personal access token in Builder for an account that is a member of the origins, and set Sites__<site>__Builder__Token");

    internal static PermanentFaultException BuilderUrlRefused() => new(
        "DR6061", "Sites__<site>__Builder__Url is no http address",
        "set Sites__<site>__Builder__Url to scheme, host and port, such as https://bldr.example");

    internal static PermanentFaultException TokenRefused(string ident, int status) => new(
        "DR6062", string.Create(CultureInfo.InvariantCulture, $"Builder refuses the access token for {ident} with status {status}"),
        "the token may be revoked, or made with another Builder key, or its account is no member of the origin");

    internal static TransientFaultException BuilderFailed(string ident, string why) => new(
        "DR6063", $"Builder did not take {ident}: {why}",
        "it is tried again, or by the next repair; if it stays so, look at builder-api's log on the host");
}
