using System.ComponentModel.DataAnnotations;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>Where a Builder keeps its artifacts: <c>Sites:&lt;name&gt;:Artifacts</c>. Holds a secret: never serialized, never logged.</summary>
public sealed record ArtifactsOptions
{
    /// <summary>An address such as <c>https://minio.example:9000</c>, or <c>host:port</c>, which means plain http.</summary>
    [Required]
    public string Endpoint { get; init; } = "";

    /// <summary>The bucket, such as <c>habitat-builder-artifact-store.local</c>.</summary>
    [Required]
    public string Bucket { get; init; } = "";

    /// <summary>The key's public half; <c>depot</c> on a Builder as installed.</summary>
    [Required]
    public string AccessKey { get; init; } = "";

    /// <summary>The key's secret half.</summary>
    [Required]
    public string SecretKey { get; init; } = "";

    /// <summary>The region signed for. MinIO and Ceph take <c>us-east-1</c>; AWS wants the bucket's own.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>A PEM file of certificate authorities to trust besides the machine's own; null: none.</summary>
    public string? CaFile { get; init; }

    /// <summary>True: <c>endpoint/bucket/key</c>, what MinIO and Ceph serve. False: <c>bucket.endpoint/key</c>, what AWS prefers.</summary>
    public bool PathStyle { get; init; } = true;

    /// <summary>How long a server may take to accept a connection, in seconds.</summary>
    [Range(1, 300)]
    public int ConnectSeconds { get; init; } = 10;

    /// <summary>How long a server may stay silent, before its answer and between two reads of a body, in seconds.</summary>
    [Range(1, 3600)]
    public int SilenceSeconds { get; init; } = 60;

    /// <summary>How often a request is sent again after an error that may pass.</summary>
    [Range(0, 20)]
    public int RetryAttempts { get; init; } = 6;

    /// <summary>The first pause before a request is sent again, in milliseconds; it doubles each time, with jitter.</summary>
    [Range(1, 60_000)]
    public int RetryMilliseconds { get; init; } = 300;

    /// <summary>Where <see cref="Endpoint"/> is the near end of an SSH tunnel: the address at its far end, for messages. Null: it is none.</summary>
    internal string? TunneledTo { get; init; }

    /// <summary>Names endpoint and bucket, for messages.</summary>
    public override string ToString() => $"{Endpoint} bucket '{Bucket}'";
}
