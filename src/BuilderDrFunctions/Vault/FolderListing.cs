using System.IO.Enumeration;

namespace BuilderDrFunctions.Vault;

/// <summary>Walks a folder vault in the ordinal order of whole paths.</summary>
/// <remarks>
/// Within one folder the order of names is not the order of paths: <c>a.b</c> lies before <c>a/x</c> though <c>a</c> is before <c>a.b</c>,
/// because <c>.</c> sorts before <c>/</c>. So each folder sorts as its name with a <c>/</c> behind it.
/// Memory is bounded by <see cref="Window"/> names per level: a larger folder is read once per window, each time for the next smallest names.
/// </remarks>
internal static class FolderListing
{
    internal const int Window = 32_768;

    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
        ReturnSpecialDirectories = false,
    };

    /// <summary>The visible files below <paramref name="root"/> whose path begins with <paramref name="prefix"/>.</summary>
    internal static IEnumerable<string> Files(string root, string prefix, int window = Window)
    {
        var cut = prefix.LastIndexOf('/') + 1;
        return Walk(root, prefix[..cut], prefix[cut..], window);
    }

    /// <summary>The names of the folders in <paramref name="folder"/> that hold at least one visible file, as they sort with a <c>/</c> behind them.</summary>
    internal static IEnumerable<string> Folders(string root, string folder) =>
        Level(Path.Combine(root, folder), "", Window)
            .Where(name => name[^1] == '/' && HoldsFile(Path.Combine(root, folder + name)))
            .Select(name => name[..^1]);

    /// <summary>Whether there is a visible file in a folder or below it; looked for in no order, because a catalog of thousands of sets is listed for every page.</summary>
    private static bool HoldsFile(string folder)
    {
        try
        {
            var folders = new List<string>();
            foreach (var name in Names(folder))
            {
                if (name[^1] != '/')
                {
                    return true;
                }

                folders.Add(name);
            }

            return folders.Exists(name => HoldsFile(Path.Combine(folder, name)));
        }
        catch (DirectoryNotFoundException)
        {
            // Removed since its parent was read: it holds nothing.
            return false;
        }
    }

    private static IEnumerable<string> Walk(string root, string folder, string begin, int window)
    {
        foreach (var name in Level(Path.Combine(root, folder), begin, window))
        {
            if (name[^1] != '/')
            {
                yield return folder + name;
                continue;
            }

            foreach (var path in Walk(root, folder + name, "", window))
            {
                yield return path;
            }
        }
    }

    /// <summary>The names in one folder that begin with <paramref name="begin"/>, folders with a <c>/</c>, in ordinal order.</summary>
    private static IEnumerable<string> Level(string folder, string begin, int window)
    {
        string? last = null;
        while (true)
        {
            var smallest = Smallest(folder, begin, last, window);
            foreach (var name in smallest)
            {
                yield return name;
            }

            if (smallest.Count < window)
            {
                yield break;
            }

            last = smallest[^1];
        }
    }

    private static List<string> Smallest(string folder, string begin, string? after, int count)
    {
        // The greatest of the names kept so far lies on top, to be pushed out by a smaller one.
        var kept = new PriorityQueue<string, string>(Comparer<string>.Create(static (a, b) => string.CompareOrdinal(b, a)));
        try
        {
            foreach (var name in Names(folder))
            {
                if (!name.StartsWith(begin, StringComparison.Ordinal) || (after is not null && string.CompareOrdinal(name, after) <= 0))
                {
                    continue;
                }

                if (kept.Count < count)
                {
                    kept.Enqueue(name, name);
                }
                else
                {
                    kept.EnqueueDequeue(name, name);
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Removed since its parent was read, or never there: it holds nothing.
        }

        var names = kept.UnorderedItems.Select(static item => item.Element).ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static FileSystemEnumerable<string> Names(string folder) => new(
        folder,
        static (ref FileSystemEntry entry) => entry.IsDirectory ? $"{entry.FileName}/" : entry.FileName.ToString(),
        Everything)
    {
        ShouldIncludePredicate = static (ref FileSystemEntry entry) => entry.FileName[0] != '.',
    };
}
