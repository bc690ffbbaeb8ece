using BuilderDrFunctions.Sandbox.App;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Secrets;
using BuilderDrFunctions.Sandbox.Servers;
using BuilderDrFunctions.ServerTests.Cli;
using BuilderDrFunctions.ServerTests.Portal;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Monitoring;

/// <summary>The search that every test's app goes through: it finds a secret in each place where one could be told.</summary>
public sealed class SecretSearchTests(PortalBrowser browser) : IClassFixture<PortalBrowser>
{
    // A site's name is told everywhere, so this one is held for a secret.
    private const string Planted = "plantedsite4b1f90";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fails_who_disposes_an_app_that_told_a_secret_and_names_each_place()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Token);
        using var vault = new TemporaryFolder("planted");
        var app = await AppProcess.StartNewAsync(AppProcess.BuiltProgram, Settings(vault, receiver), [new Secret("the planted one", Planted)], Token);
        receiver.Search = app.Secrets;
        await using (await ServerProcess.StartAsync(new ServerCommand("plant", "tail", "-f", "/dev/null", "/dev/" + Planted)))
        {
            var accepted = await app.PostAsync("/api/backups", new { site = Planted }, Token);
            await app.WaitForOperationAsync(accepted.GetProperty("id").GetString()!, TimeSpan.FromMinutes(1), null, Token);

            // Processes are looked at now and then, with a request.
            Assert.True(await Condition.TryAwaitAsync(
                async token =>
                {
                    await app.GetAsync("/api/backups", token);
                    return app.Secrets.Findings.Any(finding => finding.Contains("arguments of a process", StringComparison.Ordinal));
                },
                TimeSpan.FromMinutes(1), Token));
        }

        await app.RunTimerAsync("RunWatcher", Token);
        Assert.True(await Condition.TryAwaitAsync(_ => Task.FromResult(!receiver.Posts.IsEmpty), TimeSpan.FromMinutes(1), Token), app.Log);
        await CliRun.RunAsync(app, "doctor");
        await using (var page = await browser.NewPageAsync(app))
        {
            await page.OpenAsync(app.FunctionKey);
        }

        var told = await Assert.ThrowsAsync<SecretToldException>(async () => await app.DisposeAsync());

        TestContext.Current.TestOutputHelper!.WriteLine(told.Message);
        string[] places =
        [
            "log of run 1, line ", "state.db, table instances, row 1, column id", "state.db, table history, row ", "file state/state.db", "answer to POST /api/backups → 202, line ",
            "arguments of a process 'tail', line 4", "notification, line ", "output of builder-dr doctor, line ", "page of the portal, at the end, line ",
        ];
        Assert.All(places, place => Assert.Contains(told.Findings, finding => finding.StartsWith("the planted one: ", StringComparison.Ordinal) && finding.Contains(place, StringComparison.Ordinal)));
        Assert.DoesNotContain(Planted, told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Finds_a_secret_as_documents_write_it_and_says_on_which_line()
    {
        var search = new SecretSearch();
        search.Add([new Secret("key", "a+b/c=&<d>")]);

        search.Search("json", """{"key":"a\u002Bb/c=\u0026\u003Cd\u003E"}""");
        search.Search("address", "one line\nhttps://here/?sig=a%2Bb%2Fc%3D%26%3Cd%3E");
        search.Search("page", "\n\n<p>a&#x2B;b/c=&amp;&lt;d&gt;</p>");
        search.Search("nothing", "a+b/c=&<D>");

        Assert.Equal(["key: json, line 1", "key: address, line 2", "key: page, line 3"], search.Findings);
    }

    [Fact]
    public void Knows_the_secrets_among_settings()
    {
        using var folder = new TemporaryFolder("keys");
        File.WriteAllText(folder["id"], "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUA\n-----END OPENSSH PRIVATE KEY-----\n");
        var search = new SecretSearch();
        search.Add(SettingSecrets.Of(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Sites__main__Postgres__Password"] = "password-1",
            ["Sites__main__Artifacts__AccessKey"] = "no-secret",
            ["Sites__main__Service__PrivateKeyFile"] = folder["id"],
            ["Vault__ConnectionString"] = "AccountName=account;AccountKey=storage-2;",
            ["Vault__Copy__Url"] = "https://copy/sets?sv=2025&sig=signature-3",
            ["Vault__Encryption__Key"] = "encryption-4",
            ["Notifications__ops__Url"] = "https://hooks/services/path-5",
            ["Notifications__ops__Secret"] = "signing-6",
        }));

        search.Search("log", "no-secret password-1\nstorage-2\nsignature-3\nencryption-4\n/services/path-5\nsigning-6\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUA");

        Assert.Equal(
            [
                "Sites__main__Postgres__Password: log, line 1", "Vault__ConnectionString: log, line 2", "Vault__Copy__Url: log, line 3", "Vault__Encryption__Key: log, line 4",
                "Notifications__ops__Url: log, line 5", "Notifications__ops__Secret: log, line 6", "Sites__main__Service__PrivateKeyFile (id): log, line 7",
            ],
            search.Findings);
    }

    private static Dictionary<string, string> Settings(TemporaryFolder vault, WebhookReceiver receiver) => new(StringComparer.Ordinal)
    {
        [$"Sites__{Planted}__Service__Control"] = "none",
        [$"Sites__{Planted}__Postgres__Host"] = "127.0.0.1",
        [$"Sites__{Planted}__Postgres__Port"] = "1",
        ["Vault__Url"] = new Uri(vault["sets"]).AbsoluteUri,
        ["Vault__CreateIfMissing"] = "true",
        ["Notifications__ops__Url"] = receiver.Url,
        ["Schedules__Backup"] = "0 0 0 1 1 *",
    };
}
