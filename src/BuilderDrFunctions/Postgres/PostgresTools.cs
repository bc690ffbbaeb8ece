using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Habitat;

namespace BuilderDrFunctions.Postgres;

/// <summary>Finds and starts pg_dump and pg_restore: on this machine or on the Builder host.</summary>
internal sealed partial class PostgresTools(PostgresEndpoint endpoint, PostgresLimits limits, IBuilderHost? host)
{
    /// <summary>The setting by which they run on the Builder host.</summary>
    public const string OverSsh = "ssh";

    private const string OnPath = "path";
    private const int NotFound = 127;
    private static readonly TimeSpan RunLimit = TimeSpan.FromHours(24);

    /// <summary>Whether the tools run on the Builder host, which has no files of ours: a dump can only be streamed to them.</summary>
    public bool AreRemote => string.Equals(endpoint.Tools, OverSsh, StringComparison.Ordinal);

    /// <summary>What <c>--version</c> says.</summary>
    public async Task<ToolVersion> VersionAsync(string tool, CancellationToken cancellationToken)
    {
        string output;
        if (AreRemote)
        {
            var result = await Host().RunAsync(new HostCommand(RemoteProgram(tool), ["--version"], Timeout: limits.ToolVersion), cancellationToken);
            output = result.ExitCode == NotFound ? throw Missing(tool) : result.Output + result.Error;
        }
        else
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(limits.ToolVersion);
            await using var run = await StartLocalAsync(tool, [Program(tool), "--version"], new Dictionary<string, string?>(StringComparer.Ordinal) { ["LC_ALL"] = "C" });
            await using var abort = limit.Token.Register(run.Abort);
            await run.Input.DisposeAsync();
            using var reader = new StreamReader(run.Output, leaveOpen: true);
            output = await reader.ReadToEndAsync(CancellationToken.None);
            output += (await run.CompleteAsync(CancellationToken.None)).Error;
            cancellationToken.ThrowIfCancellationRequested();
        }

        return Parse(output) ?? throw PostgresFaults.ToolVersionUnreadable(tool, StandardErrorText.Shorten(output, endpoint.Password));
    }

    /// <summary>Starts a tool for one database (none: an empty name). Its password travels in its environment alone.</summary>
    /// <param name="tool">Its name.</param>
    /// <param name="database">What it connects to, where its arguments do not say.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="sessionOptions">Settings of its sessions, as <c>PGOPTIONS</c> takes them; null: none.</param>
    /// <param name="fed">On the Builder host it is either fed, and prints little, or prints much, and is not fed.</param>
    public async Task<IToolRun> StartAsync(
        string tool, string database, IReadOnlyList<string> arguments, CancellationToken cancellationToken, string? sessionOptions = null, bool fed = false)
    {
        var environment = Environment(database);
        environment["PGOPTIONS"] = sessionOptions;
        if (!AreRemote)
        {
            var program = Program(tool);
            return await StartLocalAsync(tool, [.. await LargeWrites.PrefixAsync(program, cancellationToken), program, .. arguments], environment);
        }

        var variables = environment.Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value!, StringComparer.Ordinal);
        var command = new HostCommand(RemoteProgram(tool), arguments, variables, RunLimit);
        return new HostToolRun(tool, fed ? await Host().FeedAsync(command, cancellationToken) : await Host().StreamAsync(command, cancellationToken));
    }

    /// <summary>Has a tool connect and dump nothing: libpq looks for certificates and addresses by rules of its own.</summary>
    public async Task CheckConnectsAsync(string tool, string database, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(limits.Stall);
        try
        {
            await using var run = await StartAsync(tool, database, ["--schema-only", "--exclude-schema=*", "--no-password"], limit.Token);
            await using var abort = limit.Token.Register(run.Abort);
            await run.Output.CopyToAsync(Stream.Null, limit.Token);
            var exit = await run.CompleteAsync(limit.Token);
            limit.Token.ThrowIfCancellationRequested();
            if (exit.Code != 0)
            {
                throw Failure(tool, exit, database);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw PostgresFaults.Stalled(tool, limits.Stall);
        }
    }

    /// <summary>The fault for a tool that did not end well.</summary>
    public FaultException Failure(string tool, ToolExit exit, string database)
    {
        var error = StandardErrorText.Shorten(exit.Error, endpoint.Password);
        return exit switch
        {
            { Code: > 128 and < 160 } => PostgresFaults.ToolKilled(tool, $"signal {exit.Code - 128}", exit.Error.Length == 0 ? "" : error),
            { Code: NotFound } => Missing(tool),
            _ when Denied().Match(exit.Error) is { Success: true } denied => PostgresFaults.PermissionDenied(
                endpoint, database, denied.Groups["what"].Value, $"As the owner, in that database: GRANT SELECT ON {denied.Groups["what"].Value.ToUpperInvariant()} TO {SqlName.Quote(endpoint.Username)};"),
            _ when exit.Error.Contains("max_locks_per_transaction", StringComparison.Ordinal) => PostgresFaults.TooFewLocks(database, error, LockCapacity.Recommended),
            _ when Certificate().IsMatch(exit.Error) => PostgresFaults.Tls(endpoint, $"{tool} says: {error}"),
            _ when exit.Error.Contains("server version mismatch", StringComparison.Ordinal) => PostgresFaults.ToolTooOld(tool, "on this machine", error),
            _ when exit.Error.Contains("lock timeout", StringComparison.Ordinal) || exit.Error.Contains("statement timeout", StringComparison.Ordinal) || exit.Error.Contains("could not obtain lock", StringComparison.Ordinal) => PostgresFaults.Locked(database, "a table"),
            _ => PostgresFaults.ToolFailed(tool, exit.Code, error),
        };
    }

    /// <summary>The version number in what a tool or server says, as PostgreSQL counts.</summary>
    public static ToolVersion? Parse(string text)
    {
        var match = Version().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var parts = match.Groups["number"].Value.Split('.').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        var number = parts[0] >= 10
            ? (parts[0] * 10000) + parts.ElementAtOrDefault(1)
            : (parts[0] * 10000) + (parts.ElementAtOrDefault(1) * 100) + parts.ElementAtOrDefault(2);
        return new ToolVersion(match.Groups["text"].Value, number);
    }

    /// <summary>The part of a version that decides what can read what: 1500 for 15, 906 for 9.6.</summary>
    public static int MajorOf(int number) => number >= 100000 ? number / 10000 * 100 : number / 100;

    private async Task<LocalToolRun> StartLocalAsync(string tool, IReadOnlyList<string> command, IReadOnlyDictionary<string, string?> environment)
    {
        try
        {
            return new LocalToolRun(tool, await ToolLauncher.StartAsync(command, environment));
        }
        catch (Win32Exception)
        {
            throw Missing(tool);
        }
    }

    private Dictionary<string, string?> Environment(string database)
    {
        var local = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["PGHOST"] = AreRemote ? endpoint.HostOnBuilder ?? endpoint.Host : endpoint.Host,
            ["PGPORT"] = (AreRemote ? endpoint.PortOnBuilder ?? endpoint.Port : endpoint.Port).ToString(CultureInfo.InvariantCulture),
            ["PGUSER"] = endpoint.Username,
            ["PGPASSWORD"] = endpoint.Password,
            ["PGDATABASE"] = database,
            ["PGSSLMODE"] = endpoint.SslMode,
            ["PGGSSENCMODE"] = "disable",
            ["PGCONNECT_TIMEOUT"] = Math.Ceiling(limits.Connect.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            ["PGAPPNAME"] = "builder-dr",
            ["LC_ALL"] = "C",
        };
        if (!AreRemote)
        {
            if (endpoint.ServerName is { } server)
            {
                // libpq holds the certificate against the name, and connects to the address
                local["PGHOST"] = server;
            }

            local["PGHOSTADDR"] = endpoint.ServerName is null ? null : endpoint.Host;
            if (endpoint.SslRootCertificate is { } root)
            {
                local["PGSSLROOTCERT"] = root;
            }

            // of the app's own environment that would lead the tool elsewhere
            foreach (var name in new[] { "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS", "PGCLIENTENCODING", "PGCLUSTER", "PGTZ", "PGDATESTYLE" })
            {
                local[name] = null;
            }
        }

        return local;
    }

    private string Program(string tool)
    {
        var folders = string.Equals(endpoint.Tools, OnPath, StringComparison.Ordinal)
            ? (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            : [endpoint.Tools];
        return folders.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists) ?? throw Missing(tool);
    }

    private IBuilderHost Host() => host ?? throw PostgresFaults.NoHostForTools();

    private string RemoteProgram(string tool) => string.IsNullOrWhiteSpace(endpoint.ToolsCommand) ? tool : $"{endpoint.ToolsCommand} {tool}";

    private PermanentFaultException Missing(string tool) => PostgresFaults.ToolMissing(tool, endpoint.Tools switch
    {
        OnPath => "on this machine's PATH",
        OverSsh => $"on the Builder host as '{RemoteProgram(tool)}'",
        var folder => $"in {folder}",
    });

    [GeneratedRegex(@"(?<text>(?<number>\d+(\.\d+){0,2})((beta|rc|devel)\d*)?)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();

    [GeneratedRegex("root certificate file|server certificate for|certificate verify failed", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Certificate();

    [GeneratedRegex(@"permission denied for (?<what>(table|relation|sequence|schema|view|large object|function|type) [^\r\n]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Denied();
}
