using Azure.Storage.Blobs;
using Azure.Storage.Sas;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.Benchmarks.Mirror;

/// <summary>Debian's rclone between the same servers, with the same number of transfers.</summary>
internal sealed class RcloneRun(S3Server source, AzuriteServer target, TemporaryFolder folder)
{
    public async Task CopyAsync(string bucket, string container, int transfers, CancellationToken cancellationToken)
    {
        var config = folder[$"{container}.conf"];
        // It holds keys; the folder is for this user's eyes alone.
        var sas = new BlobContainerClient(target.ConnectionString, container).GenerateSasUri(BlobContainerSasPermissions.All, DateTimeOffset.UtcNow.AddHours(2));
        var content = $"""
            [source]
            type = s3
            provider = Ceph
            access_key_id = {source.AccessKey}
            secret_access_key = {source.SecretKey}
            endpoint = {source.Url}
            region = {source.Region}
            force_path_style = true

            [target]
            type = azureblob
            sas_url = {sas}

            """;
        await File.WriteAllTextAsync(config, content, cancellationToken);
        await Tool.RunAsync(
            new ServerCommand("rclone", "rclone", "copy", $"source:{bucket}", $"target:{container}", "--config", config, "--fast-list", "--transfers", $"{transfers}", "--checkers", $"{transfers}")
            {
                // An inherited bundle breaks the S3 backend.
                Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["AWS_CA_BUNDLE"] = null },
            },
            cancellationToken);
    }
}
