using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Postgres;
using BuilderDrFunctions.Sandbox.Processes;
using BuilderDrFunctions.Sandbox.Servers;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Habitat;

public sealed class SshBuilderHostTests(Servers servers) : FedCommandContract
{
    protected override async Task<IBuilderHost> OpenAsync() => new SshBuilderHost(Options(await servers.SshAsync()));

    [Fact]
    public async Task The_pin_may_be_given_with_or_without_prefix_and_padding()
    {
        var ssh = await servers.SshAsync();
        var digits = ssh.HostKeyFingerprint["SHA256:".Length..];
        foreach (var pin in (string[])[digits, digits + "=", "sha256:" + digits, $" SHA256:{digits}= "])
        {
            await using var host = new SshBuilderHost(Options(ssh, pin));
            await host.CheckAsync(Token);
        }
    }

    [Fact]
    public async Task A_changed_host_key_is_refused_and_both_are_named()
    {
        await using var ssh = await Servers.StartOwnAsync(token => SshServer.StartNewAsync(new SshServerOptions(), token));
        var pinned = ssh.HostKeyFingerprint;
        await ssh.RotateHostKeyAsync(Token);
        await using var host = new SshBuilderHost(Options(ssh, pinned));

        foreach (var use in (Func<Task>[])[() => host.CheckAsync(Token), () => host.ReachAsync("127.0.0.1", 1, Token)])
        {
            var fault = await Assert.ThrowsAsync<PermanentFaultException>(use);
            Assert.Equal("DR6002", fault.Code);
            Assert.Contains(pinned, fault.What, StringComparison.Ordinal);
            Assert.Contains(ssh.HostKeyFingerprint, fault.What, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_host_without_a_pin_is_refused_with_the_way_to_get_it()
    {
        var ssh = await servers.SshAsync();
        await using var host = new SshBuilderHost(Options(ssh, pin: ""));

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => host.CheckAsync(Token));

        Assert.Equal("DR6003", fault.Code);
        Assert.Contains("ssh-keygen -lf", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_the_host_does_not_know_is_refused()
    {
        var ssh = await servers.SshAsync();
        await using var host = new SshBuilderHost(Options(ssh, keyFile: await ssh.MakeStrangersKeyAsync(Token)));

        Assert.Equal("DR6004", (await Assert.ThrowsAsync<PermanentFaultException>(() => host.CheckAsync(Token))).Code);
    }

    [Fact]
    public async Task A_file_that_is_no_key_is_refused()
    {
        var ssh = await servers.SshAsync();
        await File.WriteAllTextAsync(Folder["text"], "hello", Token);
        foreach (var file in (string[])[Folder["none"], Folder["text"], Folder.FullPath, ""])
        {
            await using var host = new SshBuilderHost(Options(ssh, keyFile: file));
            Assert.Equal("DR6005", (await Assert.ThrowsAsync<PermanentFaultException>(() => host.CheckAsync(Token))).Code);
        }
    }

    [Fact]
    public async Task The_key_itself_may_be_given_and_wins_over_the_file()
    {
        var ssh = await servers.SshAsync();
        var key = await File.ReadAllTextAsync(ssh.PrivateKeyFile, Token);
        await using var host = new SshBuilderHost(Options(ssh, keyFile: Folder["none"], key: key));
        await host.CheckAsync(Token);
    }

    [Fact]
    public async Task A_text_that_is_no_key_is_refused_and_not_repeated()
    {
        const string NoKey = "@Microsoft.KeyVault(SecretUri=unresolved)";
        await using var host = new SshBuilderHost(Options(await servers.SshAsync(), key: NoKey));

        var fault = await Assert.ThrowsAsync<PermanentFaultException>(() => host.CheckAsync(Token));

        Assert.Equal("DR6005", fault.Code);
        Assert.DoesNotContain(NoKey, fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_does_not_answer_is_a_transient_fault()
    {
        using var nothing = LoopbackPort.Reserve();
        var ssh = await servers.SshAsync();
        await using var host = new SshBuilderHost(Options(ssh, port: nothing.Number));

        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => host.CheckAsync(Token));

        Assert.Equal("DR6001", fault.Code);
        Assert.Contains("ConnectionRefused", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_broke_is_made_anew()
    {
        await using var ssh = await Servers.StartOwnAsync(token => SshServer.StartNewAsync(new SshServerOptions(), token));
        await using var host = new SshBuilderHost(Options(ssh));
        await host.CheckAsync(Token);
        await using var command = await host.StreamAsync(Sh("head -c 100000 /dev/zero; exec sleep 600"), Token);
        await command.Output.ReadExactlyAsync(new byte[10], Token);

        await ssh.StopAsync();
        var cut = await Assert.ThrowsAsync<TransientFaultException>(() => command.Output.CopyToAsync(Stream.Null, Token));
        Assert.Equal("DR6006", cut.Code);
        await Assert.ThrowsAsync<TransientFaultException>(() => host.CheckAsync(Token));

        await ssh.StartAsync(Token);
        await host.CheckAsync(Token);
    }

    [Fact]
    public async Task Whatever_runs_on_the_host_ends_with_the_connection()
    {
        var pids = Folder["pids"];
        var host = new SshBuilderHost(Options(await servers.SshAsync()));
        await using var stream = await host.StreamAsync(Sh($"echo $$ >> {pids}; exec sleep 600"), Token);
        var running = Assert.ThrowsAsync<TransientFaultException>(() => host.RunAsync(Sh($"echo $$ >> {pids}; exec sleep 600"), Token));
        await AwaitPidsAsync(pids, 2);

        await host.DisposeAsync();

        Assert.Equal("DR6006", (await running).Code);
        await AssertGoneAsync(pids, 2);
    }

    [Fact]
    public async Task A_tunnel_reaches_a_port_of_the_hosts_loopback()
    {
        var azurite = await servers.AzuriteAsync();
        var (host, port) = await Host.ReachAsync("127.0.0.1", azurite.Port, Token);

        Assert.Equal("127.0.0.1", host);
        Assert.NotEqual(azurite.Port, port);
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"http://{host}:{port}/devstoreaccount1?comp=list"), Token);
        Assert.Contains("Azurite", answer.Headers.Server.ToString(), StringComparison.Ordinal);
        Assert.Equal((host, port), await Host.ReachAsync("127.0.0.1", azurite.Port, Token));
    }

    [Fact]
    public async Task A_tunnel_that_sshd_forbids_is_named_by_who_finds_it_shut()
    {
        await using var ssh = await Servers.StartOwnAsync(token => SshServer.StartNewAsync(new SshServerOptions { AllowsForwarding = false }, token));
        await using var forbidding = new SshBuilderHost(Options(ssh));
        var (host, port) = await forbidding.ReachAsync("127.0.0.1", 5432, Token);
        var postgres = new PostgresServer(
            new PostgresEndpoint { Host = host, Port = port, HostOnBuilder = "127.0.0.1", PortOnBuilder = 5432, Username = "hab", Password = "pw" }, forbidding);

        var fault = await Assert.ThrowsAsync<TransientFaultException>(() => postgres.ProbeAsync(Token));

        Assert.Equal("DR3018", fault.Code);
        Assert.Contains("hab@127.0.0.1:5432 (through SSH)", fault.What, StringComparison.Ordinal);
        Assert.Contains("AllowTcpForwarding", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_is_kept_alive_and_one_that_broke_opens_no_tunnel()
    {
        using var client = await new SshConnector(Options(await servers.SshAsync())).ConnectAsync(Token);
        Assert.InRange(client.KeepAliveInterval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        client.Disconnect();

        var fault = Assert.Throws<TransientFaultException>(() => SshTunnel.Open(client, "127.0.0.1", 5432, "root@builder:22"));

        Assert.Equal("DR6013", fault.Code);
        Assert.Contains("no tunnel to 127.0.0.1:5432 through root@builder:22 could be opened: the connection broke", fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_GNU_coreutils_or_sudo_is_refused_with_what_it_lacks()
    {
        foreach (var (name, script) in new[] { ("stat", "exit 1"), ("sudo", "echo 'sudo: a password is required' >&2; exit 1") })
        {
            await File.WriteAllTextAsync(Folder[name], $"#!/bin/sh\n{script}\n", Token);
            await Tool.RunAsync(new ServerCommand("chmod", "chmod", "755", Folder[name]), Token);
        }

        await using var ssh = await Servers.StartOwnAsync(token => SshServer.StartNewAsync(new SshServerOptions { PathFolders = [Folder.FullPath] }, token));
        await using var host = new SshBuilderHost(Options(ssh, sudo: true));

        var without = await Assert.ThrowsAsync<PermanentFaultException>(() => host.CheckAsync(Token));
        var refused = await Assert.ThrowsAsync<PermanentFaultException>(() => host.ReadFileAsync("/hab/svc/builder-api/config/config.toml", Token));

        Assert.Equal(("DR6008", "DR6008"), (without.Code, refused.Code));
        Assert.Contains("GNU coreutils", without.Hint, StringComparison.Ordinal);
        Assert.Contains("sudo -n is refused", refused.What, StringComparison.Ordinal);
        Assert.Contains("NOPASSWD", refused.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_commands_than_a_connection_may_have_wait_for_their_turn()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Host.RunAsync(Sh($"sleep 0.1; echo {i}"), Token)));

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"{i}\n"), results.Select(result => result.Output), StringComparer.Ordinal);
    }

    private static ServiceOptions Options(SshServer ssh, string? pin = null, string? keyFile = null, int? port = null, string? key = null, bool sudo = false) => new()
    {
        Control = "ssh",
        Host = ssh.Host,
        Port = port ?? ssh.Port,
        User = ssh.User,
        PrivateKeyFile = keyFile ?? ssh.PrivateKeyFile,
        PrivateKey = key,
        HostKeyFingerprint = pin ?? ssh.HostKeyFingerprint,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        Sudo = sudo,
    };
}
