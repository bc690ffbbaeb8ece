using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>What can go wrong with a bucket, DR4001 and up; docs/errors/objectstore.md lists them.</summary>
public static class ObjectStoreFaults
{
    /// <summary>The code of <see cref="ChangedWhileRead"/>, by which a mirror tells a changed object from a broken connection.</summary>
    public const string ChangedWhileReadCode = "DR4012";

    /// <summary>Whether a fault may be one object's alone, while the bucket is well.</summary>
    public static bool IsAboutOneObject(FaultException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.Code is "DR4011" or "DR4013" or "DR4014" or "DR4018";
    }

    public static PermanentFaultException BadEndpoint(string endpoint) => new(
        "DR4001",
        $"'{endpoint}' is no address of an S3 endpoint",
        "Set Sites__<site>__Artifacts__Endpoint to http(s)://host:port or host:port, without a path, a query or a user name.");

    public static PermanentFaultException BadBucketName(string bucket) => new(
        "DR4002",
        $"'{bucket}' is no name of a bucket",
        "Set Sites__<site>__Artifacts__Bucket, for example habitat-builder-artifact-store.local.");

    public static TransientFaultException Unreachable(string store, string cause) => new(
        "DR4003",
        $"the S3 endpoint of {store} cannot be reached: {cause}",
        "Check that the S3 service runs (on the Builder host: hab svc status, hab svc start habitat/builder-minio), that host and port are right, and that no firewall is between; where it is reached through SSH, that sshd allows TCP forwarding.");

    public static PermanentFaultException WrongKey(string store, string cause) => new(
        "DR4004",
        $"{store} refuses the access key: {cause}",
        "Check Sites__<site>__Artifacts__AccessKey and SecretKey; a Builder's own are in /hab/svc/builder-api/config/config.toml, section [s3].");

    public static PermanentFaultException AccessDenied(string store, string operation) => new(
        "DR4005",
        $"{store} denies this access key to {operation}",
        "Grant the key list, get and (for repairs and restores) put and delete on the bucket.");

    public static PermanentFaultException BucketMissing(string store) => new(
        "DR4006",
        $"the bucket of {store} does not exist",
        "Check Sites__<site>__Artifacts__Bucket; a Builder's own name is in config.toml, section [s3], bucket_name.");

    public static TransientFaultException Throttled(string store, int status, string operation) => new(
        "DR4007",
        $"{store} is too busy to {operation} (HTTP {status}), also when asked again",
        "Nothing is lost; the run tries again. If it stays so, lower Mirror__Parallelism or mend the S3 service.");

    public static PermanentFaultException WrongRegion(string store, string region, string? expected) => new(
        "DR4008",
        $"{store} is not in region '{region}'" + (expected is null ? "" : $" but in '{expected}'"),
        "Set Sites__<site>__Artifacts__Region (and, for AWS, the endpoint of that region).");

    public static PermanentFaultException UntrustedCertificate(string store, string cause) => new(
        "DR4009",
        $"the TLS certificate of {store} is not trusted: {cause}",
        "Set Sites__<site>__Artifacts__CaFile to the PEM file of the authority that signed it, and use the host name it was issued for.");

    public static PermanentFaultException BadCaFile(string path, string cause) => new(
        "DR4010",
        $"the certificate authorities in '{path}' cannot be read: {cause}",
        "Sites__<site>__Artifacts__CaFile must name a readable PEM file with at least one certificate.");

    public static TransientFaultException ServerError(string store, int status, string operation, string? code) => new(
        "DR4011",
        $"{store} failed to {operation}: HTTP {status}" + (code is null ? "" : $" {code}"),
        "The run tries again. If it stays so, the S3 service's own log says why; a single object that fails always may be damaged there.");

    public static TransientFaultException ChangedWhileRead(string store, string key) => new(
        ChangedWhileReadCode,
        $"object '{key}' of {store} was overwritten or deleted while it was read",
        "Nothing to do: the mirror takes the newer version, or notes that it vanished.");

    public static TransientFaultException BrokenBody(string store, string key, long got, long announced) => new(
        "DR4013",
        $"the body of '{key}' of {store} ended after {got} of {announced} bytes, also when resumed",
        "The run tries again. If it stays so, check the network and proxies between, and the object in the S3 service itself.");

    public static TransientFaultException Silent(string store, string operation, int seconds) => new(
        "DR4014",
        $"{store} stayed silent for {seconds} s when asked to {operation}",
        "The run tries again. If it stays so, check the S3 service's load and disks, or raise Sites__<site>__Artifacts__SilenceSeconds.");

    public static PermanentFaultException NotAListing(string store, string cause) => new(
        "DR4015",
        $"{store} answers a listing with something else: {cause}",
        "The endpoint must serve S3's ListObjectsV2. A mirror that trusted such an answer would take the bucket for empty.");

    public static PermanentFaultException ClockSkew(string store) => new(
        "DR4016",
        $"{store} refuses the request's time: the clocks of this machine and the S3 service differ too much",
        "Set both clocks by NTP; 15 minutes are the most that S3 allows.");

    public static PermanentFaultException Refused(string store, int status, string operation, string? code) => new(
        "DR4017",
        $"{store} refuses to {operation}: HTTP {status}" + (code is null ? "" : $" {code}"),
        "Look the S3 error code up in the service's documentation; the endpoint may serve something other than S3.");

    public static TransientFaultException WrongAnswer(string store, string key, string cause) => new(
        "DR4018",
        $"{store} answered for '{key}' with another object: {cause}",
        "The run tries again. If it stays so, look for a caching proxy between this machine and the S3 service.");

    public static PermanentFaultException ContentLength(string key, long announced, long got) => new(
        "DR4019",
        $"the content for object '{key}' has {got} bytes and not the announced {announced}",
        "The source of the upload changed or is damaged; verify the backup set it comes from.");
}
