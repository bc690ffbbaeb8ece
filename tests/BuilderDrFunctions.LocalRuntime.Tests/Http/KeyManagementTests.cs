namespace BuilderDrFunctions.LocalRuntime.Tests.Http;

/// <summary>Section 6 of the contract: the admin API's keys.</summary>
[Collection(SharedHost.Name)]
public sealed class KeyManagementTests(ConformanceHost host)
{
    [Fact]
    public async Task A_key_is_made_rotated_set_and_deleted()
    {
        var path = $"/admin/host/keys/k{ConformanceHost.NewId()}";
        var made = await AdminAsync("POST", path);
        Assert.Equal(201, made.Status);
        var first = (string)made.Json["value"]!;
        Assert.Equal(200, await OpenAsync(first));

        var rotated = await AdminAsync("POST", path);
        Assert.Equal(200, rotated.Status);
        Assert.Equal(401, await OpenAsync(first));
        Assert.Equal(200, await OpenAsync((string)rotated.Json["value"]!));

        var set = await AdminAsync("PUT", path, """{"name":"ignored","value":"chosen by hand"}""");
        Assert.Equal((200, "chosen by hand"), (set.Status, (string?)set.Json["value"]));
        Assert.Equal(200, await OpenAsync("chosen by hand"));
        Assert.Equal("chosen by hand", (string?)(await AdminAsync("GET", path)).Json["value"]);

        Assert.Equal(204, (await AdminAsync("DELETE", path)).Status);
        Assert.Equal(404, (await AdminAsync("DELETE", path)).Status);
        Assert.Equal(404, (await AdminAsync("GET", path)).Status);
        Assert.Equal(401, await OpenAsync("chosen by hand"));
    }

    [Fact]
    public async Task A_functions_own_key_opens_that_function_alone()
    {
        var key = (string)(await AdminAsync("POST", $"/admin/functions/Guarded/keys/k{ConformanceHost.NewId()}")).Json["value"]!;
        Assert.Equal(200, await OpenAsync(key));
        Assert.Equal(401, (await host.SendAsync("GET", "/api/for/system", key)).Status);
        var other = (string)(await AdminAsync("POST", $"/admin/functions/Backup/keys/k{ConformanceHost.NewId()}")).Json["value"]!;
        Assert.Equal(401, await OpenAsync(other));
    }

    [Fact]
    public async Task Keys_and_functionkeys_are_the_same_list()
    {
        var first = (await AdminAsync("GET", "/admin/host/keys")).Json["keys"]!.AsArray();
        var second = (await AdminAsync("GET", "/admin/host/functionkeys")).Json["keys"]!.AsArray();
        Assert.Contains(first, key => (string?)key!["name"] == "default");
        Assert.Contains(second, key => (string?)key!["name"] == "default");
    }

    [Fact]
    public async Task System_keys_are_listed_apart_and_the_master_key_can_be_read_among_them()
    {
        var keys = (await AdminAsync("GET", "/admin/host/systemkeys")).Json["keys"]!.AsArray();
        Assert.Contains(keys, key => (string?)key!["name"] == "durabletask_extension");
        Assert.Equal(host.MasterKey, (string?)(await AdminAsync("GET", "/admin/host/systemkeys/_master")).Json["value"]);
    }

    [Fact]
    public async Task The_master_key_cannot_be_deleted() => Assert.Equal(400, (await AdminAsync("DELETE", "/admin/host/systemkeys/_master")).Status);

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"value":null}""")]
    [InlineData("""{"value":7}""")]
    public async Task A_key_is_set_to_text_only(string body) => Assert.Equal(400, (await AdminAsync("PUT", "/admin/host/keys/bad", body)).Status);

    private Task<Reply> AdminAsync(string method, string path, string? body = null) => host.SendAsync(method, path, host.MasterKey, body);

    private async Task<int> OpenAsync(string key) => (await host.SendAsync("GET", "/api/Guarded", key)).Status;
}
