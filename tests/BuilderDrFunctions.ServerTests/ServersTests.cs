using Azure.Storage.Blobs;
using Minio;
using Minio.DataModel.Args;
using Minio.Exceptions;
using Npgsql;
using Renci.SshNet;
using Xunit;

namespace BuilderDrFunctions.ServerTests;

public sealed class ServersTests(Servers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PostgreSQL_takes_a_password_on_its_port_and_on_its_socket()
    {
        await using var database = await servers.NewDatabaseAsync();
        foreach (var host in new[] { database.Cluster.Host, database.Cluster.SocketFolder })
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Host = host }.ConnectionString);
            await connection.OpenAsync(Cancellation);
            await using var command = new NpgsqlCommand("SELECT current_database()", connection);
            Assert.Equal(database.Name, await command.ExecuteScalarAsync(Cancellation));
        }

        var wrong = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Password = "wrong" }.ConnectionString;
        await using var refused = new NpgsqlConnection(wrong);
        var error = await Assert.ThrowsAsync<PostgresException>(() => refused.OpenAsync(Cancellation));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, error.SqlState);
    }

    [Fact]
    public async Task Azurite_keeps_a_blob()
    {
        var azurite = await servers.AzuriteAsync();
        var container = new BlobContainerClient(azurite.ConnectionString, Servers.NewName("vault"));
        await container.CreateAsync(cancellationToken: Cancellation);
        await container.UploadBlobAsync("a/b", BinaryData.FromString("kept"), Cancellation);
        var read = await container.GetBlobClient("a/b").DownloadContentAsync(Cancellation);
        Assert.Equal("kept", read.Value.Content.ToString());
    }

    [Fact]
    public async Task S3_keeps_an_object_and_refuses_a_wrong_key()
    {
        var s3 = await servers.S3Async();
        var bucket = await servers.NewBucketAsync();
        using var client = s3.CreateClient();
        using var content = new MemoryStream([1, 2, 3]);
        await client.PutObjectAsync(new PutObjectArgs().WithBucket(bucket).WithObject("a/b").WithStreamData(content).WithObjectSize(3), Cancellation);
        var found = await client.StatObjectAsync(new StatObjectArgs().WithBucket(bucket).WithObject("a/b"), Cancellation);
        Assert.Equal(3, found.Size);

        using var stranger = new MinioClient().WithEndpoint($"127.0.0.1:{s3.Port}").WithCredentials(s3.AccessKey, "wrong").WithRegion(s3.Region).Build();
        await Assert.ThrowsAnyAsync<MinioException>(() => stranger.BucketExistsAsync(new BucketExistsArgs().WithBucket(bucket), Cancellation));
    }

    [Fact]
    public async Task Ssh_runs_a_command_and_shows_the_pinned_host_key()
    {
        var ssh = await servers.SshAsync();
        using var key = new PrivateKeyFile(ssh.PrivateKeyFile);
        using var client = new SshClient(ssh.Host, ssh.Port, ssh.User, key);
        var seen = "";
        client.HostKeyReceived += (_, e) =>
        {
            seen = "SHA256:" + e.FingerPrintSHA256;
            e.CanTrust = string.Equals(seen, ssh.HostKeyFingerprint, StringComparison.Ordinal);
        };
        await client.ConnectAsync(Cancellation);
        using var command = client.CreateCommand("echo out; exit 3");
        await command.ExecuteAsync(Cancellation);
        Assert.Equal(ssh.HostKeyFingerprint, seen);
        Assert.Equal("out\n", command.Result);
        Assert.Equal(3, command.ExitStatus);
    }
}
