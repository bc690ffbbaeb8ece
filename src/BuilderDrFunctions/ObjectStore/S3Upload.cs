using System.Buffers;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Xml.Linq;

namespace BuilderDrFunctions.ObjectStore;

/// <summary>Puts objects: one request up to 16 MiB, parts of 16 MiB beyond, one part in memory at a time, each with its MD5 so that the server checks it.</summary>
internal sealed class S3Upload(S3Client client)
{
    /// <summary>The most that is held in memory; S3 wants at least 5 MiB per part and at most 10,000 parts.</summary>
    private const int PartBytes = 16 * 1024 * 1024;
    private const int MostParts = 10_000;
    private const string NoSuchUpload = "NoSuchUpload";
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
                var put = new S3Request(HttpMethod.Put, key, $"put '{key}'");
                await client.SendAsync(
                    Sending(put, buffer, (int)bytes, MD5Of(buffer.AsSpan(0, (int)bytes))), static (_, _) => Task.FromResult(true), cancellationToken);
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
            var md5s = new List<byte>();
            long done = 0;
            for (var number = 1; done < bytes; number++)
            {
                var length = (int)Math.Min(partBytes, bytes - done);
                await FillAsync(key, content, buffer.AsMemory(0, length), done, bytes, cancellationToken);
                var part = new S3Request(HttpMethod.Put, key, $"put a part of '{key}'")
                {
                    Query = [new("partNumber", number.ToString(CultureInfo.InvariantCulture)), new("uploadId", upload)],
                };
                var md5 = MD5Of(buffer.AsSpan(0, length));
                var eTag = await client.SendAsync(Sending(part, buffer, length, md5), ReadPartETagAsync, cancellationToken);
                parts.Add(new XElement("Part", new XElement("PartNumber", number), new XElement("ETag", $"\"{eTag}\"")));
                md5s.AddRange(md5);
                done += length;
            }

            await RefuseMoreAsync(key, content, bytes, cancellationToken);
            var body = System.Text.Encoding.UTF8.GetBytes(parts.ToString(SaveOptions.DisableFormatting));
            var complete = new S3Request(HttpMethod.Post, key, $"complete the upload of '{key}'") { Query = [new("uploadId", upload)] };
            if (!await client.SendAsync(Sending(complete, body, body.Length, MD5Of(body)) with { Expected = [HttpStatusCode.NotFound] }, ReadCompletionAsync, cancellationToken)
                && !await IsThereAsync(key, bytes, ETagOf(md5s), cancellationToken))
            {
                throw ObjectStoreFaults.ServerError(client.Description, (int)HttpStatusCode.NotFound, complete.Operation, NoSuchUpload);
            }
        }
        catch
        {
            await AbortAsync(key, upload);
            throw;
        }
    }

    private static S3Request Sending(S3Request request, byte[] buffer, int length, byte[] md5) => request with
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

    /// <summary>The ETag of an object put in parts, where the store's ETags are MD5s: the MD5 of the parts' MD5s, and their number.</summary>
    private static string ETagOf(List<byte> md5s) => string.Create(
        CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(MD5Of(CollectionsMarshal.AsSpan(md5s)))}-{md5s.Count / MD5.HashSizeInBytes}");

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
    /// <returns>False when there is no such upload: the answer to an earlier attempt may have been lost, or the upload itself.</returns>
    private async Task<bool> ReadCompletionAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var answer = await S3Answer.ReadXmlAsync(response, cancellationToken);
        var code = answer?.Element("Code")?.Value;
        return (response.StatusCode, code) switch
        {
            (HttpStatusCode.NotFound, NoSuchUpload) => false,
            (HttpStatusCode.NotFound, "NoSuchBucket") => throw ObjectStoreFaults.BucketMissing(client.Description),
            (HttpStatusCode.NotFound, _) => throw ObjectStoreFaults.Refused(client.Description, (int)response.StatusCode, "complete an upload", code),
            _ when answer?.Name.LocalName is "CompleteMultipartUploadResult" => true,
            _ => throw ObjectStoreFaults.ServerError(client.Description, (int)response.StatusCode, "complete an upload", code),
        };
    }

    /// <summary>Whether the bucket has what was put. Where its ETags are no MD5s that cannot be told, and the object is put anew.</summary>
    private Task<bool> IsThereAsync(string key, long bytes, string eTag, CancellationToken cancellationToken) => client.SendAsync(
        new S3Request(HttpMethod.Head, key, $"look for '{key}'") { Expected = [HttpStatusCode.NotFound] },
        (response, _) => Task.FromResult(
            response.IsSuccessStatusCode && response.Content.Headers.ContentLength == bytes
            && string.Equals(S3Answer.ETagOf(response), eTag, StringComparison.Ordinal)),
        cancellationToken);

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
