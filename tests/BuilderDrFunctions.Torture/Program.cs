using System.Globalization;
using BuilderDrFunctions.Torture;

// torture [--kills N] [--seed N] [--folder PATH]: the parent; torture child FOLDER LIFE [finish]: one life of the runtime
if (args is ["child", var home, var life, ..])
{
    return await new Life(home, int.Parse(life, CultureInfo.InvariantCulture)).RunAsync(args.Contains("finish", StringComparer.Ordinal), CancellationToken.None);
}

string? Option(string name) => args.SkipWhile(argument => argument != name).ElementAtOrDefault(1);
var kills = int.Parse(Option("--kills") ?? "200", CultureInfo.InvariantCulture);
var seed = int.Parse(Option("--seed") ?? Environment.TickCount.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
var folder = Option("--folder") ?? Directory.CreateTempSubdirectory("torture-").FullName;
var faults = await new Executioner(folder, seed, Console.Out).RunAsync(kills, CancellationToken.None);
foreach (var fault in faults)
{
    await Console.Error.WriteLineAsync(fault);
}

Console.WriteLine(faults.Count == 0 ? "torture: nothing lost, nothing twice" : $"torture: {faults.Count} faults; the evidence is in {folder}");
if (faults.Count == 0 && Option("--folder") is null)
{
    Directory.Delete(folder, recursive: true);
}

return faults.Count == 0 ? 0 : 1;
