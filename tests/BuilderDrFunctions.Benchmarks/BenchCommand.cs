namespace BuilderDrFunctions.Benchmarks;

/// <summary>The command line: <c>[--only group]… [--report file]</c>.</summary>
internal static class BenchCommand
{
    private const int Usage = 64;

    /// <summary>Runs the groups asked for, or all.</summary>
    /// <returns>0 when every goal was met, 1 when one was missed, 64 for a wrong command line.</returns>
    public static async Task<int> RunAsync(string[] args, IReadOnlyList<IBenchGroup> groups, CancellationToken cancellationToken)
    {
        var only = new List<string>();
        var file = Path.Combine(RepositoryFolder(), "artifacts", "bench.json");
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--only" when i + 1 < args.Length:
                    only.AddRange(args[++i].Split([',', ' '], StringSplitOptions.RemoveEmptyEntries));
                    break;
                case "--report" when i + 1 < args.Length:
                    file = Path.GetFullPath(args[++i]);
                    break;
                default:
                    return await RefuseAsync($"unknown or incomplete argument '{args[i]}'", groups);
            }
        }

        if (only.Find(name => groups.All(group => !string.Equals(group.Name, name, StringComparison.Ordinal))) is { } unknown)
        {
            return await RefuseAsync($"no group is named '{unknown}'", groups);
        }

        var report = new BenchReport(file, Console.Out);
        foreach (var group in groups.Where(group => only.Count == 0 || only.Contains(group.Name, StringComparer.Ordinal)))
        {
            report.Begin(group.Name);
            await group.RunAsync(report, cancellationToken);
        }

        return report.AllMet ? 0 : 1;
    }

    private static async Task<int> RefuseAsync(string why, IReadOnlyList<IBenchGroup> groups)
    {
        await Console.Error.WriteLineAsync($"{why}; the arguments are [--only group]… [--report file], the groups {string.Join(", ", groups.Select(group => group.Name))}");
        return Usage;
    }

    private static string RepositoryFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "BuilderDrFunctions.sln")))
            {
                return folder.FullName;
            }
        }

        return Environment.CurrentDirectory;
    }
}
