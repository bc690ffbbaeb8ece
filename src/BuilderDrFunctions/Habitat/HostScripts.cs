using System.Text;

namespace BuilderDrFunctions.Habitat;

/// <summary>The POSIX shell scripts under which commands run on a Builder host, and the quoting that keeps arguments from being read as shell.</summary>
/// <remarks>
/// A command ends with its caller: sshd leaves a command without a terminal running when the connection ends, so a watcher beside it reads
/// standard input, and at its end sends the whole process group SIGTERM, five seconds later SIGKILL. sshd makes each session a process group
/// of its own; so does <see cref="LocalSession"/>.
/// </remarks>
internal static class HostScripts
{
    /// <summary>Bytes of the blocks that a streamed command's output is granted in.</summary>
    internal const int BlockBytes = 64 * 1024;

    private const string EndGroup = "trap '' TERM; kill -TERM 0; sleep 5; kill -KILL 0";

    /// <summary>Runs <c>"$@"</c>; standard input is held open by the caller for as long as the command may run.</summary>
    internal const string Run =
        $$"""
        exec 3<&0 </dev/null
        "$@" 3<&- &
        c=$!
        { while read -r l; do :; done; {{EndGroup}}; } <&3 >/dev/null 2>&1 &
        w=$!
        exec 3<&-
        a=
        trap 'a=1' TERM
        wait "$c"; r=$?
        while [ -n "$a" ] && kill -0 "$c" 2>/dev/null; do wait "$c"; r=$?; done
        kill -KILL "$w" 2>/dev/null
        exit "$r"
        """;

    /// <summary>
    /// Runs <c>"$@"</c> and passes its output on only as far as the caller grants: each line on standard input is a number of blocks. An SSH
    /// client without flow control of its own thus never holds more than it asked for, and the command waits in its pipe meanwhile.
    /// </summary>
    /// <remarks>4 is the real output, 5 carries the command's exit code past the pump, 6 is the command's output on its way to dd. The shell's word on the watcher it killed is not the command's, so it goes
    /// nowhere. Redirections are by exec: those of a group leave a copy of the old stream behind, which would keep the session open.</remarks>
    internal const string Stream =
        $$"""
        exec 3<&0 4>&1 </dev/null
        r=$({
          { "$@" 3<&- 4>&- 5>&-; echo "$?" >&5; } | {
            exec 6<&0 </dev/null 2>/dev/null
            { exec <&3 3<&- 4>&- 5>&- 6<&-; sh -c 'echo "$PPID"'; while read -r n; do echo "$n"; done; {{EndGroup}}; } | {
              exec 3<&- 5>&-
              read -r w
              while read -r n; do
                case $(LC_ALL=C dd bs=65536 count="$n" iflag=fullblock <&6 2>&1 >&4) in (0+0*) break;; (*records*) ;; (*) break;; esac
              done
              kill -KILL "$w" 2>/dev/null
            }
          }
        } 5>&1)
        exit "${r:-125}"
        """;

    /// <summary>Runs <c>"$@"</c> with standard input as its own.</summary>
    internal const string Feed = "exec \"$@\"";

    /// <summary>Runs <c>"$@"</c> with standard input as its own, behind a line with the number of its process group.</summary>
    internal const string FeedInGroup = "echo \"$$\"; exec \"$@\"";

    /// <summary>Says the number of the process group <c>$1</c> when it stands guard, and waits for its end; told to end, it ends that group, and is done when the group is gone.</summary>
    /// <remarks>SIGTERM lets pg_restore cancel what the server is doing for it. <see cref="Run"/> leaves five seconds.</remarks>
    internal const string Guard =
        """
        gone() { ! kill -0 "-$1" 2>/dev/null; }
        finish() {
          trap '' TERM
          kill -TERM "-$1" 2>/dev/null
          for i in 1 2 3; do gone "$1" && exit; sleep 1; done
          kill -KILL "-$1" 2>/dev/null
          exit
        }
        trap 'finish "$1"' TERM
        echo "$1"
        until gone "$1"; do sleep 1; done
        """;

    /// <summary>The same script with variables read from standard input, where no process list shows them: behind one empty line, a line for each.</summary>
    /// <remarks>The empty line is always there: SSH.NET sends the end of an input only if something was written to it before.</remarks>
    internal static string WithSecrets(string script, IEnumerable<string> names) =>
        "read -r l || exit 125\n" + string.Concat(names.Select(name => $"IFS= read -r {name} || exit 125; export {name}\n")) + script;

    /// <summary>A command line that any login shell passes on to <c>sh</c> unread.</summary>
    internal static string CommandLine(string script, IEnumerable<string> words)
    {
        var line = new StringBuilder("exec sh -c ").Append(Quote(script)).Append(" sh");
        foreach (var word in words)
        {
            line.Append(' ').Append(Quote(word));
        }

        return line.ToString();
    }

    /// <summary>One word in single quotes.</summary>
    internal static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
