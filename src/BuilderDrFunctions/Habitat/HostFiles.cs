using System.Globalization;
using System.Text;

namespace BuilderDrFunctions.Habitat;

/// <summary>Small files on a host, by shell commands: unlike SFTP they can run under sudo, and the same ones work on this machine.</summary>
internal sealed class HostFiles(ShellBuilderHost host, bool sudo)
{
    private const int LargestFile = 8 * 1024 * 1024;
    private const int LargestAnswer = 48 * 1024 * 1024;
    private const int Absent = 66;
    private const int TooLarge = 75;
    private const int Unreadable = 77;

    /// <summary>Searches by several patterns in one command.</summary>
    internal async Task<IReadOnlyList<HostMatch>> FindAsync(IReadOnlyList<string> patterns, CancellationToken cancellationToken)
    {
        // With no IFS an unquoted variable is expanded as a pattern and not split. A folder that cannot be entered looks as if it were empty,
        // and a key in it as if it were absent: that must not pass.
        const string script =
            """
            IFS=
            for p in "$@"; do
              r=0; d=${p%/*}
              while [ -n "$d" ]; do
                for x in $d; do [ ! -d "$x" ] || { [ -r "$x" ] && [ -x "$x" ]; } || r=77; done
                d=${d%/*}
              done
              for f in $p; do [ ! -f "$f" ] || { stat -L -c '%a %s %U' -- "$f" && printf '%s\0' "$f"; } || r=77; done
              printf 'end %s\n\0' "$r"
            done
            """;
        foreach (var pattern in patterns)
        {
            CheckPath(pattern);
        }

        var output = await AnswerAsync(Shell(script, [.. patterns]), cancellationToken);
        var matches = new List<HostMatch>();
        var files = new List<HostFile>();
        foreach (var record in Encoding.UTF8.GetString(output).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            if (record.StartsWith("end ", StringComparison.Ordinal))
            {
                matches.Add(new HostMatch(patterns[matches.Count], record is "end 0\n", [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)]));
                files.Clear();
            }
            else
            {
                files.Add(Parse(record));
            }
        }

        return matches.Count == patterns.Count ? matches : throw NotUnderstood();
    }

    /// <summary>Reads several files in one command.</summary>
    internal async Task<IReadOnlyList<HostContent>> ReadAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        const string script =
            """
            l=$1; shift
            one() {
              d=${1%/*}
              while [ -n "$d" ]; do [ ! -d "$d" ] || [ -x "$d" ] || return 77; d=${d%/*}; done
              [ -e "$1" ] || return 66
              [ -f "$1" ] && [ -r "$1" ] || return 77
              [ "$(stat -L -c %s -- "$1")" -le "$l" ] || return 75
              b=$(base64 -w 0 -- "$1") || return 77
            }
            for p in "$@"; do b=; one "$p"; printf '%s %s\n' "$?" "$b"; done
            """;
        foreach (var path in paths)
        {
            CheckPath(path);
        }

        var command = Shell(script, [LargestFile.ToString(CultureInfo.InvariantCulture), .. paths]);
        var lines = Encoding.ASCII.GetString(await AnswerAsync(command, cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == paths.Count ? [.. paths.Zip(lines, Content)] : throw NotUnderstood();
    }

    internal async Task WriteAsync(HostFile file, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        CheckPath(file.Path);

        // Folders that are missing are made, and belong to the file's owner; a half-written file is never seen under its name.
        const string script =
            """
            p=$1 m=$2 o=$3 n=$4; set -e; umask 077
            d=$(dirname -- "$p"); t=; x=$d; made=
            while [ ! -e "$x" ]; do made=$x; x=$(dirname -- "$x"); done
            if [ -n "$made" ]; then (umask 022; mkdir -p -- "$d"); [ -z "$o" ] || chown -R "$o:" -- "$made"; fi
            trap 'rm -f -- "$t"' EXIT
            t=$(mktemp "$d/.builder-dr.XXXXXX")
            head -c "$n" >"$t"
            [ "$(stat -c %s -- "$t")" = "$n" ]
            [ -z "$o" ] || [ "$(stat -c %U -- "$t")" = "$o" ] || chown "$o:" -- "$t"
            chmod "$m" -- "$t"
            sync -- "$t"
            mv -f -- "$t" "$p"
            """;
        var mode = Convert.ToString((int)file.Mode, 8);
        var command = Shell(script, file.Path, mode, file.Owner ?? "", content.Length.ToString(CultureInfo.InvariantCulture));
        var (exitCode, _, error) = await host.ExecuteAsync(command, HostScripts.Feed, content, outputLimit: 4096, cancellationToken);
        if (exitCode != 0)
        {
            throw HabitatFaults.WriteFailed(host.Description, file.Path, LastLine(error) ?? FormattableString.Invariant($"exit code {exitCode}"));
        }
    }

    /// <summary>A copy beside it that never is half written.</summary>
    internal Task KeepAsync(string path, string copy, CancellationToken cancellationToken) => ChangeAsync(
        """
        set -e; [ ! -e "$2" ] || exit 0
        t=$(mktemp "$(dirname -- "$2")/.builder-dr.XXXXXX"); trap 'rm -f -- "$t"' EXIT
        cp -p -- "$1" "$t"; sync -- "$t"; mv -f -- "$t" "$2"
        """,
        path, copy, cancellationToken);

    internal Task PutBackAsync(string path, string copy, CancellationToken cancellationToken) =>
        ChangeAsync("""[ ! -e "$2" ] || mv -f -- "$2" "$1" """, path, copy, cancellationToken);

    internal Task RemoveAsync(string path, CancellationToken cancellationToken) => ChangeAsync("""rm -f -- "$1" """, path, path, cancellationToken);

    private async Task ChangeAsync(string script, string path, string copy, CancellationToken cancellationToken)
    {
        CheckPath(path);
        CheckPath(copy);
        var (exitCode, _, error) = await host.ExecuteAsync(Shell(script, path, copy), HostScripts.Run, input: null, outputLimit: 4096, cancellationToken);
        if (exitCode != 0)
        {
            throw HabitatFaults.WriteFailed(host.Description, path, LastLine(error) ?? FormattableString.Invariant($"exit code {exitCode}"));
        }
    }

    private static HostFile Parse(string record)
    {
        var words = record.Split('\n', 2);
        var facts = words[0].Split(' ');
        return new HostFile(words[1], long.Parse(facts[1], CultureInfo.InvariantCulture), (UnixFileMode)(Convert.ToInt32(facts[0], 8) & 0xFFF), facts[2]);
    }

    /// <summary>What mktemp, chown or mv said: names of files and users alone.</summary>
    private static string? LastLine(string error) => error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();

    private static void CheckPath(string path)
    {
        if (path is not ['/', ..] || path.Any(c => char.IsControl(c) || c == '\''))
        {
            throw new ArgumentException($"'{path}' is not the absolute path of a file.", nameof(path));
        }
    }

    private HostCommand Shell(string script, params string[] arguments) =>
        new(sudo ? "sudo -n sh" : "sh", ["-c", script, "sh", .. arguments]);

    private HostContent Content(string path, string line)
    {
        var words = line.Split(' ', 2);
        return int.Parse(words[0], CultureInfo.InvariantCulture) switch
        {
            0 => new HostContent(path, FilePresence.Present, Convert.FromBase64String(words[1])),
            Absent => new HostContent(path, FilePresence.Absent, Content: null),
            Unreadable => new HostContent(path, FilePresence.Unreadable, Content: null),
            TooLarge => throw HabitatFaults.FileTooLarge(host.Description, path, LargestFile),
            _ => throw NotUnderstood(),
        };
    }

    private async Task<byte[]> AnswerAsync(HostCommand command, CancellationToken cancellationToken)
    {
        var (exitCode, output, _) = await host.ExecuteAsync(command, HostScripts.Run, input: null, LargestAnswer, cancellationToken);
        var refused = sudo && exitCode == 1;
        return exitCode == 0 ? output : throw HabitatFaults.NoShell(
            host.Description, refused ? "sudo -n is refused" : FormattableString.Invariant($"reading files ended with exit code {exitCode}"), refused);
    }

    private Faults.PermanentFaultException NotUnderstood() => HabitatFaults.NoShell(host.Description, "its answer about files is not understood");
}
