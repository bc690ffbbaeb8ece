using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>Puts objects: one request up to 16 MiB, parts of 16 MiB beyond, one part in memory at a time, each with its MD5 so that the server checks it.</summary>
internal sealed class S3Upload(S3Client client)
{
    /// <summary>The most that is held in memory; S3 wants at least 5 MiB per part and at most 10,000 parts.</summary>
    private const int PartBytes = 16 * 1024 * 1024;
    private const int MostParts = 10_000;
    private static readonly TimeSpan AbortTime = TimeSpan.FromSeconds(15);

    /// <summary>Puts an object whose content has exactly <paramref name="bytes"/> bytes.</summary>
    public async Task PutAsync(string key, Stream content, long bytes, CancellationToken cancellationToken)
    {
        var partBytes = (int)Math.Max(Math.Min(PartBytes, bytes), (bytes + MostParts - 1) / MostParts);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(partBytes, 1));
        try
        {
            if (bytes <= PartBytes)
            {
                await FillAsync(key, content, buffer.AsMemory(0, (int)bytes), 0, bytes, cancellationToken);
                await RefuseMoreAsync(key, content, bytes, cancellationToken);
                await client.SendAsync(
                    Sending(new S3Request(HttpMethod.Put, key, $"put '{key}'"), buffer, (int)bytes), static (_, _) => Task.FromResult(true), cancellationToken);
            }
            else
            {
                await PutPartsAsync(key, content, bytes, buffer, partBytes, cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task PutPartsAsync(string key, Stream content, long bytes, byte[] buffer, int partBytes, CancellationToken cancellationToken)
    {
        var begin = new S3Request(HttpMethod.Post, key, $"begin the upload of '{key}'") { Query = [new("uploads", "")] };
        var upload = await client.SendAsync(begin, ReadUploadIdAsync, cancellationToken);
        try
        {
            var parts = new XElement("CompleteMultipartUpload");
            long done = 0;
            for (var number = 1; done < bytes; number++)
            {
                var length = (int)Math.Min(partBytes, bytes - done);
                await FillAsync(key, content, buffer.AsMemory(0, length), done, bytes, cancellationToken);
                var part = new S3Request(HttpMethod.Put, key, $"put a part of '{key}'")
                {
                    Query = [new("partNumber", number.ToString(CultureInfo.InvariantCulture)), new("uploadId", upload)],
                };
                var eTag = await client.SendAsync(Sending(part, buffer, length), ReadPartETagAsync, cancellationToken);
                parts.Add(new XElement("Part", new XElement("PartNumber", number), new XElement("ETag", $"\"{eTag}\"")));
                done += length;
            }

            await RefuseMoreAsync(key, content, bytes, cancellationToken);
            var body = System.Text.Encoding.UTF8.GetBytes(parts.ToString(SaveOptions.DisableFormatting));
            var complete = new S3Request(HttpMethod.Post, key, $"complete the upload of '{key}'") { Query = [new("uploadId", upload)] };
            await client.SendAsync(Sending(complete, body, body.Length), ReadCompletionAsync, cancellationToken);
        }
        catch
        {
            await AbortAsync(key, upload);
            throw;
        }
    }

    private static S3Request Sending(S3Request request, byte[] buffer, int length)
    {
        var md5 = MD5Of(buffer.AsSpan(0, length));
        return request with
        {
            // 128 KB/s is the slowest wire worth waiting for.
            BodyTime = TimeSpan.FromSeconds(length / (128 * 1024)),
            Content = () =>
            {
                var content = new ByteArrayContent(buffer, 0, length);
                content.Headers.ContentMD5 = md5;
                return content;
            },
        };
    }

    // S3's Content-MD5 header is defined as MD5: it guards against broken wires, not against forgers.
#pragma warning disable CA5351
    private static byte[] MD5Of(ReadOnlySpan<byte> bytes) => MD5.HashData(bytes);
#pragma warning restore CA5351

    private static async Task FillAsync(string key, Stream content, Memory<byte> part, long before, long bytes, CancellationToken cancellationToken)
    {
        var read = await content.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, cancellationToken);
        if (read < part.Length)
        {
            throw ObjectStoreFaults.ContentLength(key, bytes, before + read);
        }
    }

    private static async Task RefuseMoreAsync(string key, Stream content, long bytes, CancellationToken cancellationToken)
    {
        if (await content.ReadAsync(new byte[1], cancellationToken) > 0)
        {
            throw ObjectStoreFaults.ContentLength(key, bytes, bytes + 1);
        }
    }

    private async Task<string> ReadUploadIdAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var answer = await S3Answer.ReadXmlAsync(response, cancellationToken);
        return answer?.Element("UploadId")?.Value is { Length: > 0 } id
            ? id
            : throw ObjectStoreFaults.Refused(client.Description, (int)response.StatusCode, "begin an upload", "no UploadId");
    }

    private Task<string> ReadPartETagAsync(HttpResponseMessage response, CancellationToken cancellationToken)
        => Task.FromResult(S3Answer.ETagOf(response)
            ?? throw ObjectStoreFaults.Refused(client.Description, (int)response.StatusCode, "put a part", "no ETag"));

    /// <summary>S3 answers 200 before the parts are joined: an error may follow in the body.</summary>
    private async Task<bool> ReadCompletionAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var answer = await S3Answer.ReadXmlAsync(response, cancellationToken);
        return answer?.Name.LocalName is "CompleteMultipartUploadResult"
            ? true
            : throw ObjectStoreFaults.ServerError(client.Description, (int)response.StatusCode, "complete an upload", answer?.Element("Code")?.Value);
    }

    private async Task AbortAsync(string key, string upload)
    {
        using var limit = new CancellationTokenSource(AbortTime);
        try
        {
            var abort = new S3Request(HttpMethod.Delete, key, $"drop the parts of '{key}'") { Query = [new("uploadId", upload)] };
            await client.SendOnceAsync(abort, static (_, _) => Task.FromResult(true), limit.Token);
        }
        catch (Exception error) when (error is Faults.FaultException or OperationCanceledException)
        {
            // The first error is the one to report; parts left behind cost space, and buckets expire them by rule.
        }
    }
}
