using System.Net;
using System.Text.Json;
using BuilderDrFunctions.Sandbox.Processes;
using Minio;
using Minio.DataModel.Args;

namespace BuilderDrFunctions.Sandbox.Servers;

/// <summary>An S3 endpoint on 127.0.0.1: Ceph's RADOS gateway over one monitor and one store in memory. One per run; a bucket per test.</summary>
public sealed class S3Server : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly TemporaryFolder folder = new("s3");
    private readonly LoopbackPort monitorPort = LoopbackPort.Reserve();
    private readonly LoopbackPort gatewayPort = LoopbackPort.Reserve();
    private readonly List<ServerProcess> storage = [];
    private readonly HttpClient http = new();
    private ServerProcess? gateway;

    private S3Server()
    {
    }

    /// <summary>The gateway's port.</summary>
    public int Port => gatewayPort.Number;

    /// <summary>Scheme, host and port.</summary>
    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary><c>depot</c>, as Builder's MinIO has it.</summary>
    public string AccessKey { get; } = "depot";

    /// <summary>Random, for this server.</summary>
    public string SecretKey { get; private set; } = "";

    /// <summary>What requests are signed for.</summary>
    public string Region { get; } = "us-east-1";

    /// <summary>Whether the gateway runs.</summary>
    public bool IsRunning => gateway is { HasExited: false };

    /// <summary>The last lines of the gateway's log.</summary>
    public string Log => gateway?.Log ?? "";

    /// <summary>Starts the store and its gateway.</summary>
    public static async Task<S3Server> StartNewAsync(CancellationToken cancellationToken)
    {
        var s3 = new S3Server();
        try
        {
            await s3.StartStorageAsync(cancellationToken);
            await s3.CreateUserAsync(cancellationToken);
            await s3.StartGatewayAsync(cancellationToken);
            return s3;
        }
        catch
        {
            await s3.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client with the server's keys.</summary>
    public IMinioClient CreateClient() => new MinioClient()
        .WithEndpoint($"127.0.0.1:{Port}")
        .WithCredentials(AccessKey, SecretKey)
        .WithRegion(Region)
        .WithSSL(false)
        .Build();

    /// <summary>Makes a bucket.</summary>
    public async Task CreateBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        using var client = CreateClient();
        await client.MakeBucketAsync(new MakeBucketArgs().WithBucket(bucket), cancellationToken);
    }

    /// <summary>Uploads an object in one request.</summary>
    public async Task PutAsync(string bucket, string key, byte[] content, CancellationToken cancellationToken)
    {
        using var client = CreateClient();
        // signed without a request of its own, as the region is known
        var address = await client.PresignedPutObjectAsync(new PresignedPutObjectArgs().WithBucket(bucket).WithObject(key).WithExpiry(3600));
        using var body = new ByteArrayContent(content);
        using var answer = await http.PutAsync(new Uri(address), body, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Stops the gateway; the objects stay in the store.</summary>
    public async Task StopGatewayAsync()
    {
        if (gateway is not null)
        {
            await gateway.StopAsync(UnixSignal.Kill, TimeSpan.FromSeconds(10));
            await gateway.DisposeAsync();
            gateway = null;
        }
    }

    /// <summary>Starts the gateway on its port.</summary>
    public async Task StartGatewayAsync(CancellationToken cancellationToken)
    {
        if (IsRunning)
        {
            return;
        }

        gateway = await ServerProcess.StartAsync(Ceph("radosgw", "-f", "-n", "client.rgw"));
        await gateway.WaitUntilAsync(AnswersAsync, StartLimit, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopGatewayAsync();
        foreach (var server in Enumerable.Reverse(storage))
        {
            // everything is in memory: there is nothing to end in order
            await server.KillTreeAsync();
            await server.DisposeAsync();
        }

        http.Dispose();
        folder.Dispose();
        gatewayPort.Dispose();
        monitorPort.Dispose();
    }

    private async Task StartStorageAsync(CancellationToken cancellationToken)
    {
        var (cluster, store) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        foreach (var name in new[] { "mon", "osd", "rgw", "run" })
        {
            Directory.CreateDirectory(folder[name]);
        }

        await File.WriteAllTextAsync(folder["ceph.conf"], Configuration(cluster), cancellationToken);
        await Tool.RunAsync(
            Ceph("monmaptool", "--create", "--fsid", cluster, "--addv", "a", $"[v2:127.0.0.1:{monitorPort.Number}]", folder["monmap"]),
            cancellationToken);
        await Tool.RunAsync(Ceph("ceph-mon", "--mkfs", "-i", "a", "--monmap", folder["monmap"]), cancellationToken);
        storage.Add(await ServerProcess.StartAsync(Ceph("ceph-mon", "-f", "-i", "a")));
        // waits for the monitor by itself
        await Tool.RunAsync(Ceph("ceph", "--connect-timeout", "60", "osd", "new", store), cancellationToken);
        await Tool.RunAsync(Ceph("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", store), cancellationToken);
        storage.Add(await ServerProcess.StartAsync(Ceph("ceph-osd", "-f", "-i", "0")));
    }

    private async Task CreateUserAsync(CancellationToken cancellationToken)
    {
        // the gateway makes the secret: one given here would stand in the process list
        var answer = await Tool.RunAsync(
            Ceph("radosgw-admin", "-n", "client.rgw", "user", "create", "--uid=depot", "--display-name=depot", $"--access-key={AccessKey}", "--gen-secret"),
            cancellationToken);
        using var user = JsonDocument.Parse(answer);
        SecretKey = user.RootElement.GetProperty("keys")[0].GetProperty("secret_key").GetString()
            ?? throw new InvalidOperationException("radosgw-admin made no secret key");
    }

    private ServerCommand Ceph(string program, params string[] arguments) =>
        new(program, program, arguments) { Environment = CephEnvironment, WorkingFolder = folder.FullPath };

    private Dictionary<string, string?> CephEnvironment => new(StringComparer.Ordinal) { ["CEPH_CONF"] = folder["ceph.conf"] };

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(Url), cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string Configuration(string cluster) => $"""
        [global]
        fsid = {cluster}
        auth_cluster_required = none
        auth_service_required = none
        auth_client_required = none
        mon_initial_members = a
        mon_host = v2:127.0.0.1:{monitorPort.Number}
        public_addr = 127.0.0.1
        cluster_addr = 127.0.0.1
        ms_bind_msgr1 = false
        run_dir = {folder["run"]}
        crash_dir = {folder["run"]}
        admin_socket = {folder["run"]}/$name.$pid.asok
        keyring = {folder["keyring"]}
        log_to_file = false
        log_to_stderr = true
        mon_cluster_log_to_file = false
        # the monitor gathers changes for a second by default, and every pool the gateway makes would wait for it: 12 s instead of 1
        paxos_propose_interval = 0.02
        paxos_min_wait = 0.01
        mon_tick_interval = 1
        osd_heartbeat_interval = 1
        osd_pool_default_size = 1
        osd_pool_default_min_size = 1
        osd_pool_default_pg_num = 8
        osd_pool_default_pgp_num = 8
        osd_pool_default_pg_autoscale_mode = off
        osd_crush_chooseleaf_type = 0
        mon_allow_pool_size_one = true
        mon_max_pg_per_osd = 1000
        # a machine's nearly full disk is of no matter to a store in memory
        mon_data_avail_crit = 1
        mon_data_avail_warn = 2
        [mon]
        mon_data = {folder["mon"]}
        [osd]
        osd_data = {folder["osd"]}
        osd_objectstore = memstore
        memstore_device_bytes = 8589934592
        [client.rgw]
        # without cephx the gateway hangs unless the monitor may be reached without encryption
        ms_mon_client_mode = crc secure
        rgw_data = {folder["rgw"]}
        rgw_frontends = beast endpoint=127.0.0.1:{Port}

        """;
}
