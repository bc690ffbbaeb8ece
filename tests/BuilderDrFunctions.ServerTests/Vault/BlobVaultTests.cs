using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.Vault;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Vault;

public sealed partial class BlobVaultTests(Servers servers) : VaultContract
{
    private readonly string container = Servers.NewName("vault");

    protected override async Task<IVault> OpenAsync() => Open(await servers.AzuriteAsync(), container);

    [Fact]
    public async Task Opens_by_connection_string_too()
    {
        var azurite = await servers.AzuriteAsync();
        await Vault.TryCreateAsync("blob", "x"u8.ToArray(), Token);

        var vault = VaultFactory.Create(
            new VaultOptions { Url = azurite.ContainerUrl(container), ConnectionString = azurite.ConnectionString }, TimeProvider.System);

        Assert.Equal(1, (await vault.FindAsync("blob", Token))?.Bytes);
        Assert.Equal(azurite.ContainerUrl(container), vault.Description);
    }

    [Fact]
    public async Task A_wrong_key_is_a_permanent_fault_without_the_key()
    {
        var azurite = await servers.AzuriteAsync();
        var wrong = Convert.ToBase64String(new byte[64]);
        var vault = VaultFactory.Create(new VaultOptions { Url = azurite.ContainerUrl(container), AccountKey = wrong }, TimeProvider.System);

        foreach (var use in (Func<Task>[])[() => vault.CheckWritableAsync(Token), () => vault.FindAsync("x", Token)])
        {
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(use);
            Assert.Equal("DR5002", fault.Code);
            Assert.Contains(azurite.ContainerUrl(container), fault.What, StringComparison.Ordinal);
            Assert.DoesNotContain(wrong, fault.ToString(), StringComparison.Ordinal);
            Assert.Null(fault.InnerException);
        }
    }

    [Fact]
    public async Task A_missing_container_is_a_permanent_fault_where_it_may_not_be_made()
    {
        var azurite = await servers.AzuriteAsync();
        var options = new VaultOptions { Url = azurite.ContainerUrl("typo"), AccountKey = azurite.AccountKey, CreateIfMissing = false };
        var vault = VaultFactory.Create(options, TimeProvider.System);

        foreach (var use in (Func<Task>[])
        [
            () => vault.CheckWritableAsync(Token),
            () => vault.FindAsync("x", Token),
            () => vault.OpenReadAsync("x", 0, Token),
            () => vault.ListAsync("", Token).ToListAsync(Token).AsTask(),
            () => vault.TryCreateAsync("x", new byte[1], Token),
        ])
        {
            var fault = await Assert.ThrowsAnyAsync<FaultException>(use);
            Assert.True(fault is PermanentFaultException { Code: "DR5003" }, fault.Message);
        }
    }

    [Fact]
    public async Task An_unreachable_vault_is_a_transient_fault_soon()
    {
        using var nothing = LoopbackPort.Reserve();
        var options = new VaultOptions { Url = $"http://127.0.0.1:{nothing.Number}/account/container", AccountKey = "a2V5" };

        var fault = await Assert.ThrowsAsync<TransientFaultException>(
            () => VaultFactory.Create(options, TimeProvider.System).CheckWritableAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token));

        Assert.Equal("DR5001", fault.Code);
        Assert.Contains("ConnectionRefused", fault.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(503, "ServerBusy", "DR5004")]
    [InlineData(429, "TooManyRequests", "DR5004")]
    [InlineData(500, "InternalError", "DR5004")]
    [InlineData(409, "ContainerBeingDeleted", "DR5004")]
    [InlineData(401, "InvalidAuthenticationInfo", "DR5002")]
    [InlineData(403, "AuthorizationPermissionMismatch", "DR5002")]
    [InlineData(400, "FeatureVersionMismatch", "DR5019")]
    public async Task What_a_service_refuses_is_told_by_its_kind_after_few_tries(int status, string errorCode, string expected)
    {
        var requests = 0;
        await using var service = await StartAsync(context =>
        {
            Interlocked.Increment(ref requests);
            context.Response.StatusCode = status;
            context.Response.Headers["x-ms-error-code"] = errorCode;
            return Task.CompletedTask;
        });
        var vault = VaultFactory.Create(
            new VaultOptions { Url = $"{service.Urls.First()}/account/sets", AccountKey = "a2V5", CreateIfMissing = false }, TimeProvider.System);

        var fault = await Assert.ThrowsAnyAsync<FaultException>(() => vault.TryCreateAsync("x", new byte[1], Token));

        Assert.Equal((expected, expected is "DR5004"), (fault.Code, fault is TransientFaultException));
        Assert.Contains(errorCode, fault.What, StringComparison.Ordinal);
        Assert.InRange(requests, 1, 4);
    }

    [Fact]
    public async Task A_service_that_lists_by_folder_is_refused()
    {
        await Vault.TryCreateAsync("sets/a-b/dump", "x"u8.ToArray(), Token);
        await Vault.TryCreateAsync("sets/a/dump", "x"u8.ToArray(), Token);
        // An account with a hierarchical namespace has a/… in front of a-b/…; no emulator has one.
        var vault = await OpenAlteringAsync(answer => Encoding.UTF8.GetBytes(Reversed().Replace(Encoding.UTF8.GetString(answer), "${second}${first}")));

        foreach (var list in (Func<Task>[])[() => vault.ListAsync("sets/", Token).ToListAsync(Token).AsTask(), () => vault.ListFoldersAsync("sets/", Token).ToListAsync(Token).AsTask()])
        {
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(list);
            Assert.Equal("DR5012", fault.Code);
            Assert.Contains("lists 'sets/a-b/", fault.What, StringComparison.Ordinal);
            Assert.Contains("hierarchical namespace", fault.Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_storage_that_gives_other_bytes_than_it_was_given_fails_the_check()
    {
        var vault = await OpenAlteringAsync(answer => [.. answer[..^1], (byte)~answer[^1]]);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => vault.CheckWritableAsync(Token));

        Assert.Equal("DR5013", fault.Code);
        Assert.Empty(await PathsAsync(""));
    }

    // Microsoft Entra ID is not to be had here; its credentials fail before anything is sent to the vault.
    [Theory]
    [InlineData(null, "DR5018")]
    [InlineData(400, "DR5027")]
    public async Task A_machine_without_an_identity_is_told_from_one_whose_sign_in_fails(int? answer, string code)
    {
        await using var endpoint = await StartAsync(context =>
        {
            context.Response.StatusCode = answer ?? 500;
            return Task.CompletedTask;
        });
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["AZURE_TOKEN_CREDENTIALS"] = answer is null ? "EnvironmentCredential" : "ManagedIdentityCredential",
            ["IDENTITY_ENDPOINT"] = answer is null ? null : endpoint.Urls.First(),
            ["IDENTITY_HEADER"] = answer is null ? null : "header",
        };
        IVault vault;
        try
        {
            SetEnvironment(variables);
            vault = VaultFactory.Create(new VaultOptions { Url = "https://account.blob.core.windows.net/sets" }, TimeProvider.System);
        }
        finally
        {
            SetEnvironment(variables.ToDictionary(variable => variable.Key, string? (_) => null, StringComparer.Ordinal));
        }

        var fault = await Assert.ThrowsAnyAsync<FaultException>(() => vault.CheckWritableAsync(Token));

        Assert.Equal((code, answer is not null), (fault.Code, fault is TransientFaultException));
        Assert.Contains("https://account.blob.core.windows.net/sets", fault.What, StringComparison.Ordinal);
        Assert.Contains("Vault__AccountKey", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_stops_half_way_leaves_no_blob()
    {
        await using var azurite = await Servers.StartOwnAsync(token => AzuriteServer.StartNewAsync(inMemory: false, token));
        var vault = Open(azurite, "half");
        await vault.CheckWritableAsync(Token);

        await using (var writer = await vault.CreateAsync("dump", null, Token))
        {
            await writer.Content.WriteAsync(new byte[12_000_000], Token);
            await azurite.StopAsync();
            var fault = await Assert.ThrowsAsync<TransientFaultException>(async () =>
            {
                await writer.Content.WriteAsync(new byte[40_000_000], Token);
                await writer.CommitAsync(Token);
            });
            Assert.Equal("DR5001", fault.Code);
        }

        await azurite.StartAsync(Token);
        Assert.Empty(await vault.ListAsync("", Token).ToListAsync(Token));
        Assert.True(await vault.TryCreateAsync("dump", new byte[10], Token));
    }

    [Fact]
    public async Task An_upload_whose_blocks_another_one_dropped_is_not_said_to_be_there_when_that_one_is_gone_again()
    {
        await using var writer = await Vault.CreateAsync("blob", null, Token);
        await writer.Content.WriteAsync(new byte[9_000_000], Token);
        // Every full block has arrived once as many bytes more are taken as may be on the way.
        await writer.Content.WriteAsync(new byte[20_000_000], Token);
        Assert.True(await Vault.TryCreateAsync("blob", new byte[10], Token));
        Assert.True(await Vault.DeleteAsync("blob", Token));

        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => writer.CommitAsync(Token));

        Assert.Equal("DR5011", fault.Code);
        Assert.Null(await Vault.FindAsync("blob", Token));
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(9_000_000)]
    public async Task A_commit_whose_answer_was_lost_is_known_for_its_own(int bytes)
    {
        var vault = await OpenLosingAnswersAsync();

        await using var writer = await vault.CreateAsync("blob", null, Token);
        await writer.Content.WriteAsync(new byte[bytes], Token);

        Assert.True(await writer.CommitAsync(Token));
        Assert.Equal(bytes, (await Vault.FindAsync("blob", Token))?.Bytes);
    }

    [Fact]
    public async Task A_replacement_whose_answer_was_lost_is_known_for_its_own()
    {
        var vault = await OpenLosingAnswersAsync();

        var first = await vault.TryReplaceAsync("doc", "a"u8.ToArray(), null, Token);
        Assert.NotNull(first);
        var second = await vault.TryReplaceAsync("doc", "b"u8.ToArray(), first, Token);

        Assert.Equal((await Vault.FindAsync("doc", Token))?.Version, second);
    }

    /// <summary>Counted in bytes taken and not yet stored: the process's memory is shared with the tests that run beside this one.</summary>
    [Theory]
    [InlineData(1, 5)]
    [InlineData(8, BlobUpload.BlocksInFlight + 8)]
    public async Task What_uploads_hold_in_memory_does_not_grow_with_them(int uploads, int blocks)
    {
        const long total = 512L * 1024 * 1024;
        await using var azurite = await Servers.StartOwnAsync(token => AzuriteServer.StartNewAsync(inMemory: false, token));
        var stored = new CountsStored();
        var vault = OpenBehind(azurite, stored);
        var piece = new byte[80_000];
        long taken = 0;
        long most = 0;

        await Task.WhenAll(Enumerable.Range(0, uploads).Select(async upload =>
        {
            await using var writer = await vault.CreateAsync($"dump-{upload}", null, Token);
            for (var written = 0L; written < total / uploads; written += piece.Length)
            {
                await writer.Content.WriteAsync(piece, Token);
                var held = Interlocked.Add(ref taken, piece.Length) - stored.Bytes;
                InterlockedMax(ref most, held);
            }

            Assert.True(await writer.CommitAsync(Token));
        }));

        Assert.Equal(taken, stored.Bytes);
        Assert.InRange(most, 1, (long)blocks * BlobUpload.BlockBytes);
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (var seen = Volatile.Read(ref most); seen < value;)
        {
            seen = Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static IVault Open(AzuriteServer azurite, string container) => VaultFactory.Create(
        new VaultOptions { Url = azurite.ContainerUrl(container), AccountKey = azurite.AccountKey }, TimeProvider.System);

    private static async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var service = builder.Build();
        service.Urls.Add("http://127.0.0.1:0");
        service.Run(answer);
        await service.StartAsync(Token);
        return service;
    }

    private static void SetEnvironment(Dictionary<string, string?> variables)
    {
        foreach (var (name, value) in variables)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    /// <summary>Every write's first answer is taken for a 503 after the server did its work.</summary>
    private Task<BlobVault> OpenLosingAnswersAsync() => OpenBehindAsync(new LosesFirstAnswer());

    /// <summary>What is read arrives altered.</summary>
    private Task<BlobVault> OpenAlteringAsync(Func<byte[], byte[]> alter) => OpenBehindAsync(new AltersAnswers(alter));

    private async Task<BlobVault> OpenBehindAsync(HttpPipelinePolicy policy) => OpenBehind(await servers.AzuriteAsync(), policy);

    private BlobVault OpenBehind(AzuriteServer azurite, HttpPipelinePolicy policy)
    {
        var options = VaultFactory.ClientOptions(TimeSpan.FromSeconds(10));
        options.AddPolicy(policy, HttpPipelinePosition.PerRetry);
        var credential = new StorageSharedKeyCredential(azurite.Account, azurite.AccountKey);
        return new BlobVault(new BlobContainerClient(new Uri(azurite.ContainerUrl(container)), credential, options), createIfMissing: true);
    }

    private sealed class LosesFirstAnswer : HttpPipelinePolicy
    {
        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (message.Request.Method == RequestMethod.Put && message.ProcessingContext.RetryNumber == 0 && message.Response.Status == (int)HttpStatusCode.Created)
            {
                throw new IOException("the connection broke");
            }
        }
    }

    private sealed class CountsStored : HttpPipelinePolicy
    {
        private long bytes;

        /// <summary>Of blocks whose storing was answered.</summary>
        public long Bytes => Volatile.Read(ref bytes);

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (message.Request.Uri.Query.Contains("comp=block&", StringComparison.Ordinal) && message.Response.Status == (int)HttpStatusCode.Created)
            {
                Assert.True(message.Request.Content!.TryComputeLength(out var length));
                Interlocked.Add(ref bytes, length);
            }
        }
    }

    private sealed class AltersAnswers(Func<byte[], byte[]> alter) : HttpPipelinePolicy
    {
        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (message.Request.Method == RequestMethod.Get && message.Response is { IsError: false, ContentStream: { } stream })
            {
                using var content = new MemoryStream();
                await stream.CopyToAsync(content, message.CancellationToken);
                message.Response.ContentStream = new MemoryStream(alter(content.ToArray()));
            }
        }
    }

    [GeneratedRegex("(?<first><Blob(Prefix)?><Name>sets/a-b/.*?)(?<second><Blob(Prefix)?><Name>sets/a/.*?</Blob(Prefix)?>)", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reversed();
}
