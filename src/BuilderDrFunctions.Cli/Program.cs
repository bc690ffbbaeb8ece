using BuilderDrFunctions.Cli;
using Spectre.Console;

using var stop = StopSignals.Watch(args);
return await CommandTree.RunAsync(args, AnsiConsole.Console, Console.Error, Environment.GetEnvironmentVariable, stop.Token);
