using System.Diagnostics;
using System.Globalization;

namespace BuilderDrFunctions.Sandbox.Secrets;

/// <summary>Searches the arguments of every process of this machine, since every user of it can read them.</summary>
public sealed class ArgumentSearch(SecretSearch search)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private long looked;

    /// <summary>Looks, unless it just did: whoever calls does so often while processes come and go.</summary>
    public void LookNowAndThen()
    {
        var last = Interlocked.Read(ref looked);
        if ((last == 0 || Stopwatch.GetElapsedTime(last) > Pause) && Interlocked.CompareExchange(ref looked, Stopwatch.GetTimestamp(), last) == last)
        {
            Look();
        }
    }

    /// <summary>Looks.</summary>
    public void Look()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _) && Read(folder, "cmdline") is { Length: > 0 } arguments)
            {
                search.Search($"arguments of a process '{Read(folder, "comm").Trim()}'", arguments.Replace('\0', '\n'));
            }
        }
    }

    private static string Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // ended meanwhile
            return "";
        }
    }
}
