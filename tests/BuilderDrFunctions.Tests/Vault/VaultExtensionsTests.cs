using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;
using Xunit;

namespace BuilderDrFunctions.Tests.Vault;

public sealed class VaultExtensionsTests : IDisposable
{
    private static readonly JsonTypeInfo<Note> Type = (JsonTypeInfo<Note>)JsonSerializerOptions.Web.GetTypeInfo(typeof(Note));
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("vault");
    private readonly IVault vault;

    public VaultExtensionsTests() =>
        vault = VaultFactory.Create(new VaultOptions { Url = new Uri(folder.FullName).AbsoluteUri }, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        (vault as IDisposable)?.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_JSON_document_is_written_once_and_read_back()
    {
        Assert.True(await vault.TryCreateJsonAsync("notes/one.json", new Note("first"), Type, Token));
        Assert.False(await vault.TryCreateJsonAsync("notes/one.json", new Note("second"), Type, Token));

        Assert.Equal(new Note("first"), await vault.ReadJsonAsync("notes/one.json", Type, limit: 100, Token));
        Assert.Null(await vault.ReadJsonAsync("notes/two.json", Type, limit: 100, Token));
    }

    [Theory]
    [InlineData("{\"text\":\"topsecret\"")]
    [InlineData("{\n\"text\": topsecret }")]
    [InlineData("null")]
    [InlineData("")]
    public async Task A_malformed_document_is_named_and_not_shown(string json)
    {
        await vault.TryCreateAsync("notes/one.json", System.Text.Encoding.UTF8.GetBytes(json), Token);

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => vault.ReadJsonAsync("notes/one.json", Type, limit: 100, Token));

        Assert.Equal("DR5015", fault.Code);
        Assert.Contains("notes/one.json", fault.What, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", fault.ToString(), StringComparison.Ordinal);
    }

    internal sealed record Note(string Text);
}
