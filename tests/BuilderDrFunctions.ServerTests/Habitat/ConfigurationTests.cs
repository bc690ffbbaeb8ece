using System.Formats.Tar;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Sandbox.Builder;
using BuilderDrFunctions.Sandbox.Processes;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Habitat;

/// <summary>Keys and configuration out of a stand-in Builder over SSH, and back.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ConfigurationTests : IAsyncLifetime
{
    private const string KeyPath = "svc/builder-api/files/bldr-20240311094417.box.key";

    private readonly BuilderSettings settings = new() { PostgresPassword = "pg secret", S3SecretKey = "s3 secret" };
    private BuilderHost builder = null!;
    private IBuilderHost host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        builder = await Servers.StartOwnAsync(token => BuilderHost.StartNewAsync(settings, token));
        host = BuilderHostFactory.CreateHost(Options)!;
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await builder.DisposeAsync();
    }

    [Fact]
    public async Task Database_and_bucket_are_found_in_the_Builders_own_configuration()
    {
        var config = await BuilderConfig.ReadAsync(host, builder.HabRoot, Token);

        Assert.Equal(
            (settings.PostgresHost, settings.PostgresPort, settings.PostgresUser, "pg secret", "prefer"),
            (config.Datastore.Host, config.Datastore.Port, config.Datastore.User, config.Datastore.Password, config.Datastore.SslMode));
        Assert.NotNull(config.S3);
        Assert.Equal(
            (settings.S3Endpoint, settings.Bucket, settings.S3AccessKey, "s3 secret", "minio"),
            (config.S3.Endpoint, config.S3.Bucket, config.S3.KeyId, config.S3.SecretKey, config.S3.Backend));
    }

    [Fact]
    public async Task An_absent_configuration_is_a_fault_that_names_the_file()
    {
        File.Delete(Path.Combine(builder.Tree, "svc/builder-api/config/config.toml"));

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => BuilderConfig.ReadAsync(host, builder.HabRoot, Token));

        Assert.Equal("DR6030", fault.Code);
        Assert.Contains($"{builder.HabRoot}/svc/builder-api/config/config.toml", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_capture_holds_every_file_with_digest_mode_and_owner_and_says_what_is_absent()
    {
        await using var tar = new MemoryStream();
        var capture = new ConfigurationCapture(host, Options);
        var files = await capture.WriteAsync(tar, Token);

        Assert.Equal(files, await capture.CheckAsync(Token));
        Assert.Equal(8, files.Count(file => file is { IsKey: true, Presence: FilePresence.Present }));
        var key = Assert.Single(files, file => file.Path == $"{builder.HabRoot}/{KeyPath}");
        var content = await File.ReadAllBytesAsync(Path.Combine(builder.Tree, KeyPath), Token);
        Assert.Equal(
            new CapturedFile(key.Path, FilePresence.Present, IsKey: true, content.Length, "600", Environment.UserName, Convert.ToHexStringLower(SHA256.HashData(content))),
            key);
        foreach (var path in (string[])["user/builder-api/config/user.toml", "svc/builder-api-proxy/files/ssl-certificate.key", "sup/default/CTL_SECRET", "sup/default/specs/builder-api.spec", "bldr.env"])
        {
            Assert.Contains(files, file => file.Path == $"{builder.HabRoot}/{path}" && file.Presence == FilePresence.Present);
        }

        Assert.Contains(files, file => file.Path == "/opt/on-prem-builder/bldr.env" && file is { Presence: FilePresence.Absent, Sha256: null });

        tar.Position = 0;
        var entries = new List<string>();
        await using var reader = new TarReader(tar);
        while (await reader.GetNextEntryAsync(copyData: true, Token) is { } entry)
        {
            entries.Add("/" + entry.Name);
            if (entry.Name.EndsWith(KeyPath, StringComparison.Ordinal))
            {
                Assert.Equal((UnixFileMode.UserRead | UnixFileMode.UserWrite, content.Length), (entry.Mode, entry.Length));
            }
        }

        Assert.Equal(files.Where(file => file.Presence == FilePresence.Present).Select(file => file.Path), entries.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_was_captured_is_put_back_where_it_is_missing()
    {
        await using var tar = await CaptureAsync();
        var before = await File.ReadAllBytesAsync(Path.Combine(builder.Tree, KeyPath), Token);
        Directory.Delete(Path.Combine(builder.Tree, "svc/builder-api/files"), recursive: true);

        var plan = await new ConfigurationWriter(host).PlanAsync(tar, Wish, Token);
        Assert.False(Directory.Exists(Path.Combine(builder.Tree, "svc/builder-api/files")));
        tar.Position = 0;
        var restored = await new ConfigurationWriter(host).WriteAsync(tar, Wish, Unheard, Token);

        Assert.Equal(plan, restored);
        Assert.Equal(4, restored.Count(file => file is { IsKey: true, Outcome: RestoreOutcome.Written }));
        Assert.All(restored.Where(file => file.Outcome != RestoreOutcome.Written), file => Assert.Equal(RestoreOutcome.Same, file.Outcome));
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(builder.Tree, KeyPath), Token));
        Assert.Equal(restored.Count, (await new ConfigurationCapture(host, Options).CheckAsync(Token)).Count(file => file.Presence == FilePresence.Present));
    }

    [Fact]
    public async Task A_key_that_differs_refuses_everything_until_asked_otherwise()
    {
        await using var tar = await CaptureAsync();
        var key = Path.Combine(builder.Tree, KeyPath);
        var saved = await File.ReadAllTextAsync(key, Token);
        await File.WriteAllTextAsync(key, "another key", Token);
        File.Delete(Path.Combine(builder.Tree, "bldr.env"));

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => new ConfigurationWriter(host).WriteAsync(tar, Wish, Unheard, Token));
        Assert.Equal("DR6041", fault.Code);
        Assert.Contains("bldr-20240311094417", fault.What, StringComparison.Ordinal);
        Assert.Equal("another key", await File.ReadAllTextAsync(key, Token));
        Assert.False(File.Exists(Path.Combine(builder.Tree, "bldr.env")));

        tar.Position = 0;
        await new ConfigurationWriter(host).WriteAsync(tar, Wish with { ReplaceKeys = true }, Unheard, Token);
        Assert.Equal(saved, await File.ReadAllTextAsync(key, Token));
    }

    [Fact]
    public async Task What_was_written_is_taken_back_however_far_it_came()
    {
        await using var tar = await CaptureAsync();
        var (replaced, added) = (Path.Combine(builder.Tree, KeyPath), Path.Combine(builder.Tree, KeyPath.Replace("svc/builder-api/files", "cache/keys", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(replaced, "another key", Token);
        File.Delete(added);
        var wish = Wish with { ReplaceKeys = true };
        var writer = new ConfigurationWriter(host);
        IReadOnlyList<RestoredFile> announced = [];
        await Assert.ThrowsAsync<TimeoutException>(() => writer.WriteAsync(
            tar, wish,
            outcomes =>
            {
                announced = outcomes;
                throw new TimeoutException("the app died before it wrote anything");
            },
            Token));
        await writer.TakeBackAsync(announced, wish.KeptSuffix, Token);
        Assert.Equal("another key", await File.ReadAllTextAsync(replaced, Token));

        tar.Position = 0;
        await writer.WriteAsync(tar, wish, Unheard, Token);
        Assert.Equal("another key", await File.ReadAllTextAsync(replaced + wish.KeptSuffix, Token));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(replaced + wish.KeptSuffix));
        Assert.True(File.Exists(added));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            await writer.TakeBackAsync(announced, wish.KeptSuffix, Token);
            Assert.Equal("another key", await File.ReadAllTextAsync(replaced, Token));
            Assert.False(File.Exists(replaced + wish.KeptSuffix));
            Assert.False(File.Exists(added));
        }
    }

    [Fact]
    public async Task Configuration_is_put_beside_until_asked_otherwise_and_what_is_of_its_machine_always()
    {
        string[] ofTheMachine =
        [
            "svc/builder-api/config/config.toml", "svc/builder-datastore/config/pwfile", "sup/default/CTL_SECRET", "sup/default/specs/builder-api.spec", "bldr.env",
        ];
        string[] theOperators = ["user/builder-api/config/user.toml", "svc/builder-api-proxy/files/ssl-certificate.key"];
        var saved = Read([.. ofTheMachine, .. theOperators]);
        await using var tar = await CaptureAsync();
        foreach (var path in saved.Keys)
        {
            await File.WriteAllTextAsync(Path.Combine(builder.Tree, path), "of the new machine", Token);
        }

        File.Delete(Path.Combine(builder.Tree, "bldr.env"));
        var beside = await new ConfigurationWriter(host).WriteAsync(tar, Wish with { ReplaceKeys = true }, Unheard, Token);

        Assert.Equal(
            saved.Keys.Select(path => $"{builder.HabRoot}/{path}").Order(StringComparer.Ordinal),
            beside.Where(file => file.Outcome == RestoreOutcome.Beside).Select(file => file.Path).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.False(File.Exists(Path.Combine(builder.Tree, "bldr.env")));
        Assert.All(Read(saved.Keys.Except(["bldr.env"], StringComparer.Ordinal)).Values, content => Assert.Equal("of the new machine", content));
        foreach (var (path, content) in saved)
        {
            var copy = Path.Combine(builder.Tree, "builder-dr/set" + builder.HabRoot, path);
            Assert.Equal(content, await File.ReadAllTextAsync(copy, Token));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));
        }

        tar.Position = 0;
        await new ConfigurationWriter(host).WriteAsync(tar, Wish with { WriteConfiguration = true }, Unheard, Token);
        Assert.All(Read(theOperators), file => Assert.Equal(saved[file.Key], file.Value));
        Assert.All(Read(ofTheMachine.Except(["bldr.env"], StringComparer.Ordinal)).Values, content => Assert.Equal("of the new machine", content));
    }

    [Fact]
    public async Task A_package_that_is_cut_off_or_names_other_places_is_refused()
    {
        await using var tar = await CaptureAsync();
        await using var cut = new MemoryStream(tar.ToArray()[..((int)tar.Length / 2)]);
        await using var evil = new MemoryStream();
        await using (var writer = new TarWriter(evil, TarEntryFormat.Pax, leaveOpen: true))
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "hab/../etc/passwd"), Token);
        }

        evil.Position = 0;
        foreach (var package in (Stream[])[cut, evil])
        {
            Assert.Equal("DR6042", (await Assert.ThrowsAsync<PermanentFaultException>(() => new ConfigurationWriter(host).PlanAsync(package, Wish, Token))).Code);
        }
    }

    [Fact]
    public async Task A_key_that_cannot_be_read_fails_the_check_and_another_file_is_noted()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "logging in as another user needs root");
        await using var stranger = new StrangersHost(builder);
        await Tool.RunAsync(new ServerCommand("chmod", "chmod", "-R", "a+rX", builder.Tree), Token);
        File.SetUnixFileMode(Path.Combine(builder.Tree, "sup/default/CTL_SECRET"), UnixFileMode.UserRead);
        var capture = new ConfigurationCapture(stranger.Host, stranger.Options);
        Assert.Contains(await capture.CheckAsync(Token), file => file.Path.EndsWith("CTL_SECRET", StringComparison.Ordinal) && file.Presence == FilePresence.Unreadable);

        File.SetUnixFileMode(Path.Combine(builder.Tree, KeyPath), UnixFileMode.UserRead);
        var unreadable = await Assert.ThrowsAsync<PermanentFaultException>(() => capture.CheckAsync(Token));
        Assert.Equal("DR6040", unreadable.Code);
        Assert.Contains("bldr-20240311094417.box.key", unreadable.What, StringComparison.Ordinal);

        File.SetUnixFileMode(Path.Combine(builder.Tree, "svc/builder-api/files"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var hidden = await Assert.ThrowsAsync<PermanentFaultException>(() => capture.CheckAsync(Token));
        Assert.Equal("DR6040", hidden.Code);
    }

    private ServiceOptions Options => builder.ServiceOptions();

    private static Func<IReadOnlyList<RestoredFile>, Task> Unheard => static _ => Task.CompletedTask;

    private ConfigurationWish Wish => new() { BesideFolder = builder.HabRoot + "/builder-dr/set", KeptSuffix = ".before-x", SavedHabRoot = builder.HabRoot, HabRoot = builder.HabRoot };

    private Dictionary<string, string> Read(IEnumerable<string> paths) =>
        paths.ToDictionary(path => path, path => File.ReadAllText(Path.Combine(builder.Tree, path)), StringComparer.Ordinal);

    private async Task<MemoryStream> CaptureAsync()
    {
        var tar = new MemoryStream();
        await new ConfigurationCapture(host, Options).WriteAsync(tar, Token);
        tar.Position = 0;
        return tar;
    }

    /// <summary>The same tree as the user nobody sees it.</summary>
    private sealed class StrangersHost : IAsyncDisposable
    {
        public StrangersHost(BuilderHost builder)
        {
            Options = new ServiceOptions { Control = "local", HabRoot = builder.Tree };
            Host = new AsNobody(Options);

            // The folders above the tree are the sandbox's own.
            for (var folder = Path.GetDirectoryName(builder.Tree)!; folder != Path.GetTempPath().TrimEnd('/'); folder = Path.GetDirectoryName(folder)!)
            {
                File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
            }
        }

        public ServiceOptions Options { get; }

        public AsNobody Host { get; }

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }

    /// <summary>This machine, every command run as nobody.</summary>
    internal sealed class AsNobody(ServiceOptions options) : ShellBuilderHost(options)
    {
        public override string Description => "this machine as nobody";

        protected override string StreamScript => HostScripts.Run;

        public override Task<IFedCommand> FeedAsync(HostCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override Task<(string Host, int Port)> ReachAsync(string host, int port, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

        protected override Stream Flow(HostSession session) => session.Output;

        protected override Task<HostSession> OpenAsync(string script, IReadOnlyList<string> words, CancellationToken cancellationToken) =>
            Task.FromResult<HostSession>(LocalSession.Start(script, ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", .. words]));
    }
}
