using System.Net.Http.Json;
using System.Text.Json;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.ServerTests.Chain;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Verify;

/// <summary>One byte of what is stored is flipped, somewhere, and a verification is asked.</summary>
public sealed class FlipTests(ChainSandbox chain, ITestOutputHelper output) : IClassFixture<ChainSandbox>
{
    private const int Rounds = 20;

    // Chance of a test, the same in every run.
#pragma warning disable CA5394
    private readonly Random dice = new(2026);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finds_one_flipped_byte_in_any_object_inventory_and_manifest()
    {
        using var folder = new TemporaryFolder("vault");
        await using var app = await chain.StartAppAsync(("Vault__Url", $"file://{folder["vault"]}"), ("Vault__ConnectionString", null));
        var label = (await app.ManifestAsync(await app.BackUpAsync())).GetProperty("label").GetString()!;
        Assert.True((await VerifyAsync(app, label)).GetProperty("passed").GetBoolean());

        // A byte in every object at once: each must be found, and none twice.
        var objects = Directory.GetFiles(Path.Combine(folder["vault"], "sites", "main", "objects"), "*", SearchOption.AllDirectories);
        Assert.Equal(ChainSandbox.Packages, objects.Length);
        var originals = objects.Select(path => (Path: path, At: Flip(path))).ToList();
        var verdict = await VerifyAsync(app, label);
        Assert.Equal(objects.Length, verdict.GetProperty("findings").GetInt32());
        originals.ForEach(flip => FlipAt(flip.Path, flip.At));

        // One object at a time: it is named.
        for (var round = 0; round < 3; round++)
        {
            var path = objects[dice.Next(objects.Length)];
            var at = Flip(path);
            var found = await VerifyAsync(app, label);
            Assert.Equal(1, found.GetProperty("findings").GetInt32());
            Assert.Contains(Path.GetFileName(path), found.GetProperty("first")[0].GetString(), StringComparison.Ordinal);
            FlipAt(path, at);
        }

        var set = Path.Combine(folder["vault"], "sites", "main", "sets", label);
        for (var round = 0; round < Rounds; round++)
        {
            var at = Flip(Path.Combine(set, "inventory.jsonl.zst"));
            var found = await VerifyAsync(app, label);
            Assert.False(found.GetProperty("passed").GetBoolean(), $"byte {at} of the inventory: {found}");
            FlipAt(Path.Combine(set, "inventory.jsonl.zst"), at);
        }

        for (var round = 0; round < 4 * Rounds; round++)
        {
            var at = Flip(Path.Combine(set, "manifest.json"));
            using var answer = await app.Process.Http.PostAsync($"/api/backups/{label}/verify", null, Token);
            var said = await answer.Content.ReadAsStringAsync(Token);
            Assert.False(answer.IsSuccessStatusCode, $"byte {at} of the manifest");
            Assert.True(said.Contains("DR2030", StringComparison.Ordinal) || said.Contains("DR2031", StringComparison.Ordinal) || said.Contains("DR2034", StringComparison.Ordinal), said);
            FlipAt(Path.Combine(set, "manifest.json"), at);
        }

        Assert.True((await VerifyAsync(app, label)).GetProperty("passed").GetBoolean());
        output.WriteLine($"{objects.Length + 3} flips in objects, {Rounds} in inventories, {4 * Rounds} in manifests: all found");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backup_stores_anew_what_a_verification_or_a_drill_found_damaged_or_lost(bool isDrill)
    {
        using var folder = new TemporaryFolder("vault");
        await using var app = await chain.StartAppAsync(("Vault__Url", $"file://{folder["vault"]}"), ("Vault__ConnectionString", null), ("Drill__SampleArtifacts", "1000"));
        var first = (await app.ManifestAsync(await app.BackUpAsync())).GetProperty("label").GetString()!;
        var objects = Directory.GetFiles(Path.Combine(folder["vault"], "sites", "main", "objects"), "*", SearchOption.AllDirectories);
        Flip(objects[0]);
        File.Delete(objects[1]);
        if (isDrill)
        {
            var drill = await app.WaitAsync(await app.Process.PostAsync("/api/drills", new { }, Token));
            Assert.Equal(2, drill.GetProperty("result").GetProperty("findings").GetArrayLength());
        }
        else
        {
            Assert.Equal(2, (await VerifyAsync(app, first)).GetProperty("findings").GetInt32());
        }

        var second = await app.ManifestAsync(await app.BackUpAsync());

        Assert.True(second.GetProperty("complete").GetBoolean());
        Assert.Equal(2, second.GetProperty("artifacts").GetProperty("fetchedObjects").GetInt32());
        Assert.Contains(second.GetProperty("warnings").EnumerateArray(), warning => warning.GetString()!.StartsWith("2 stored artifacts were damaged or lost", StringComparison.Ordinal));
        Assert.True((await VerifyAsync(app, second.GetProperty("label").GetString()!)).GetProperty("passed").GetBoolean());
        Assert.True((await VerifyAsync(app, first)).GetProperty("passed").GetBoolean());

        // Done with: the next night does not look again.
        Assert.DoesNotContain(
            Directory.GetFiles(Path.Combine(folder["vault"], "sites", "main"), "*.jsonl.zst", SearchOption.AllDirectories), path => path.Contains("/damaged/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_newest_set_does_not_keep_the_next_night_from_being_backed_up()
    {
        using var folder = new TemporaryFolder("vault");
        await using var app = await chain.StartAppAsync(("Vault__Url", $"file://{folder["vault"]}"), ("Vault__ConnectionString", null));
        var first = (await app.ManifestAsync(await app.BackUpAsync())).GetProperty("label").GetString()!;
        Flip(Path.Combine(folder["vault"], "sites", "main", "sets", first, "inventory.jsonl.zst"));

        var second = await app.ManifestAsync(await app.BackUpAsync());

        Assert.True(second.GetProperty("complete").GetBoolean());
        Assert.Equal(0, second.GetProperty("artifacts").GetProperty("fetchedObjects").GetInt32());
        Assert.Contains(second.GetProperty("warnings").EnumerateArray(), warning => warning.GetString()!.Contains($"set {first} was passed over", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_set_whose_manifest_is_damaged_is_named_in_the_list_and_hides_no_other()
    {
        using var folder = new TemporaryFolder("vault");
        await using var app = await chain.StartAppAsync(("Vault__Url", $"file://{folder["vault"]}"), ("Vault__ConnectionString", null));
        var labels = new List<string>();
        for (var night = 0; night < 3; night++)
        {
            labels.Add((await app.ManifestAsync(await app.BackUpAsync())).GetProperty("label").GetString()!);
        }

        Flip(Path.Combine(folder["vault"], "sites", "main", "sets", labels[1], "manifest.json"));

        // A page at a time, so that the damaged one is a page of its own.
        var (seen, damaged, before) = (new List<string>(), new List<JsonElement>(), "");
        do
        {
            var page = await app.Process.GetAsync($"/api/backups?top=1&before={before}", Token);
            seen.AddRange(page.GetProperty("backups").EnumerateArray().Select(set => set.GetProperty("label").GetString()!));
            damaged.AddRange(page.GetProperty("damaged").EnumerateArray());
            before = page.TryGetProperty("before", out var next) ? next.GetString() : null;
        }
        while (before is not null);

        Assert.Equal([labels[2], labels[0]], seen);
        var named = Assert.Single(damaged);
        Assert.Equal(labels[1], named.GetProperty("label").GetString());
        Assert.Contains(named.GetProperty("code").GetString(), (string[])["DR2030", "DR2031", "DR2034"], StringComparer.Ordinal);

        // A moment before the damaged set's run is restored from the set before it; a later one may mean the damaged set, and is refused.
        var plan = await PlanAsync(app, Time(labels[1]).AddSeconds(-1));
        Assert.Equal(labels[0], plan.Label);
        Assert.Equal(named.GetProperty("code").GetString(), (await PlanAsync(app, Time(labels[2]).AddSeconds(-1))).Code);
    }

    [Fact]
    public async Task The_monthly_verification_of_a_set_whose_manifest_is_damaged_fails_where_an_operator_sees_it()
    {
        using var folder = new TemporaryFolder("vault");
        await using var app = await chain.StartAppAsync(("Vault__Url", $"file://{folder["vault"]}"), ("Vault__ConnectionString", null));
        var label = (await app.ManifestAsync(await app.BackUpAsync())).GetProperty("label").GetString()!;
        Flip(Path.Combine(folder["vault"], "sites", "main", "sets", label, "manifest.json"));

        await app.Process.RunTimerAsync("MonthlyVerify", Token);

        JsonElement seen = default;
        Assert.True(
            await Condition.TryAwaitAsync(
                async token =>
                {
                    seen = await app.Process.GetAsync("/api/operations?kind=verify&state=ended", token);
                    return seen.GetProperty("operations").GetArrayLength() > 0;
                },
                TimeSpan.FromMinutes(1),
                Token),
            $"{seen}\n{app.Process.Log}");
        Assert.Contains($"{label}/manifest.json", seen.GetProperty("operations")[0].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private static DateTimeOffset Time(string label) => new BackupLabel(label).At;

    private static async Task<(string? Label, string? Code)> PlanAsync(ChainApp app, DateTimeOffset asOf)
    {
        using var answer = await app.Process.Http.PostAsJsonAsync("/api/restores", new { backup = new { asOf }, mode = "plan", site = "main" }, Token);
        var said = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
        return answer.IsSuccessStatusCode ? (said.GetProperty("subject").GetString(), null) : (null, said.GetProperty("code").GetString());
    }

    private static async Task<JsonElement> VerifyAsync(ChainApp app, string label)
    {
        var operation = await app.WaitAsync(await app.Process.PostAsync($"/api/backups/{label}/verify", new { }, Token));
        Assert.True(operation.GetProperty("state").GetString() == "succeeded", $"{operation}\n{app.Process.Log}");
        return operation.GetProperty("result");
    }

    private (long Byte, int Bit) Flip(string path)
    {
        var at = (dice.NextInt64(new FileInfo(path).Length), dice.Next(8));
        FlipAt(path, at);
        return at;
    }
#pragma warning restore CA5394

    private static void FlipAt(string path, (long Byte, int Bit) at)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = at.Byte;
        var flipped = (byte)(file.ReadByte() ^ (1 << at.Bit));
        file.Position = at.Byte;
        file.WriteByte(flipped);
    }
}
