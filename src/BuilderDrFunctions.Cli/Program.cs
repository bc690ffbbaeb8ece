using BuilderDrFunctions.Cli;
using Spectre.Console;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
return await CommandTree.RunAsync(args, AnsiConsole.Console, Console.Error, Environment.GetEnvironmentVariable, stop.Token);
