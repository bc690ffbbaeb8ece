using System.Net;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Restore;

/// <summary>Keys that a restore brings back, writes over or cannot read.</summary>
public sealed class RestoreKeysTests(ChainSandbox chain) : RestoreRequests(chain)
{
    private static readonly string[] KeysOnly = ["keys"];
    private static readonly string[] KeyFolders = ["svc/builder-api/files", "cache/keys"];
    private static readonly string[] OfTheMachine = ["svc/builder-api/config/config.toml", "sup/default/CTL_SECRET", "sup/default/specs/builder-api.spec", "user/builder-api/config/user.toml"];

    [Fact]
    public async Task Keys_come_back_to_a_host_that_lost_them_and_a_different_one_is_not_written_over()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var key = Path.Combine(Chain.Builder.Host.Tree, "svc/builder-api/files", Chain.Builder.Host.Settings.Keys[0].Name + ".box.key");
        var cached = key.Replace("svc/builder-api/files", "cache/keys", StringComparison.Ordinal);
        var content = await File.ReadAllTextAsync(key, Token);
        File.Delete(key);
        File.Delete(cached);

        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseOnly }), "DR8038", Chain.Builder.Host.Settings.Keys[0].Name);
        Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = KeysOnly }), app);
        Assert.Equal(content, await File.ReadAllTextAsync(key, Token));
        Assert.True(OperatingSystem.IsLinux() && File.GetUnixFileMode(key) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

        await File.WriteAllTextAsync(key, content.Replace("BOX-SEC-1", "BOX-SEC-2", StringComparison.Ordinal), Token);
        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = KeysOnly }), "DR6041", Chain.Builder.Host.Settings.Keys[0].Name);

        // The machine's own passwords and services are not the set's: what is no key stays.
        var ofTheMachine = OfTheMachine.Select(path => Path.Combine(Chain.Builder.Host.Tree, path)).ToList();
        var before = ofTheMachine.ToDictionary(path => path, File.ReadAllText, StringComparer.Ordinal);
        foreach (var path in ofTheMachine)
        {
            await File.AppendAllTextAsync(path, "# later", Token);
        }

        var restored = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = KeysOnly, overwriteKeys = true }), app);
        Assert.Equal(content, await File.ReadAllTextAsync(key, Token));
        File.Delete(Assert.Single(Directory.GetFiles(Path.GetDirectoryName(key)!, Path.GetFileName(key) + ".before-*")));
        Assert.Equal(ofTheMachine.Count, restored.GetProperty("result").GetProperty("keys").GetProperty("kept").GetArrayLength());
        foreach (var path in ofTheMachine)
        {
            Assert.Equal(before[path] + "# later", await File.ReadAllTextAsync(path, Token));
            await File.WriteAllTextAsync(path, before[path], Token);
        }
    }

    [Fact]
    public async Task Keys_come_to_where_Habitat_lies_on_the_host_they_are_restored_to()
    {
        using var elsewhere = new TemporaryFolder("hab");
        foreach (var folder in KeyFolders)
        {
            Directory.CreateDirectory(elsewhere[folder]);
        }

        var other = Chain.Builder.AppSettings.Where(setting => setting.Key.StartsWith("Sites__main__", StringComparison.Ordinal))
            .Select(setting => (setting.Key.Replace("__main__", "__other__", StringComparison.Ordinal), (string?)setting.Value));
        await using var app = await Chain.StartAppAsync([.. other, ("Sites__other__Service__HabRoot", elsewhere.FullPath)]);
        await app.ManifestAsync(await app.BackUpAsync(new { site = "main" }));

        Succeeded(await RestoreAsync(app, new { site = "other", source = "main", mode = "replace", confirm = "other", parts = KeysOnly }), app);

        var key = Chain.Builder.Host.Settings.Keys[0];
        Assert.All(KeyFolders, folder => Assert.Equal(key.SecretFile, File.ReadAllText(Path.Combine(elsewhere[folder], key.Name + ".box.key"))));
    }

    [Fact]
    public async Task A_key_that_is_written_over_is_judged_as_it_will_be()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());
        var (first, second) = (Chain.Builder.Host.Settings.Keys[0], Chain.Builder.Host.Settings.Keys[1]);
        var keys = KeyFolders.Select(folder => Path.Combine(Chain.Builder.Host.Tree, folder, first.Name + ".box.key")).ToList();
        foreach (var key in keys)
        {
            await File.WriteAllTextAsync(key, second.SecretFile.Replace(second.Name, first.Name, StringComparison.Ordinal), Token);
        }

        AssertFailed(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseAndKeys }), "DR6041", first.Name);
        var operation = Succeeded(await RestoreAsync(app, new { mode = "replace", confirm = "main", parts = DatabaseAndKeys, overwriteKeys = true }), app);

        Assert.All(keys, key => Assert.Equal(first.SecretFile, File.ReadAllText(key)));
        // The copies are the operator's; other tests look for their own.
        foreach (var copy in keys.SelectMany(key => Directory.GetFiles(Path.GetDirectoryName(key)!, Path.GetFileName(key) + ".before-*")))
        {
            File.Delete(copy);
        }

        Assert.All(
            operation.GetProperty("result").GetProperty("keyCoverage").EnumerateArray(), key => Assert.Equal("covered", key.GetProperty("state").GetString(), ignoreCase: true));
        using var dropped = await app.Process.Http.DeleteAsync($"/api/restores/{operation.GetProperty("id").GetString()}/previous", Token);
        Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
    }

    [Fact]
    public async Task A_set_of_a_host_on_which_no_key_was_found_says_so()
    {
        await using var app = await Chain.StartAppAsync();
        using var aside = new TemporaryFolder("keys");
        var keys = KeyFolders.SelectMany(folder => Directory.GetFiles(Path.Combine(Chain.Builder.Host.Tree, folder), "bldr-*")).Index().ToList();
        Assert.NotEmpty(keys);
        keys.ForEach(key => File.Move(key.Item, aside[$"{key.Index}"]));
        try
        {
            var set = await app.ManifestAsync(await app.BackUpAsync());
            Assert.Contains(set.GetProperty("warnings").EnumerateArray(), warning => warning.GetString()!.StartsWith("Builder's keys are NOT in this set", StringComparison.Ordinal));
        }
        finally
        {
            keys.ForEach(key => File.Move(aside[$"{key.Index}"], key.Item));
        }
    }

    [Fact]
    public async Task Another_encryption_key_and_none_are_told_apart()
    {
        await using var app = await Chain.StartAppAsync();
        await app.ManifestAsync(await app.BackUpAsync());

        await RestartAsync(app.Process, "Vault__Encryption__Key", Convert.ToBase64String(new byte[32]));
        AssertFailed(await RestoreAsync(app, new { mode = "scratch", parts = KeysOnly }), "DR5022", "key");
        await RestartAsync(app.Process, "Vault__Encryption__Key", null);
        AssertFailed(await RestoreAsync(app, new { mode = "scratch", parts = KeysOnly }), "DR8036", "encrypt");
        await AssertNothingLeftAsync();
    }
}
