using System.CommandLine;

namespace BuilderDrFunctions.Cli;

/// <summary><c>serve</c>: the app itself on the embedded runtime, in this process.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var settings = new Argument<string[]>("settings") { Description = "settings as --name=value, behind --; environment variables and appsettings.json count too", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("serve", "Serves Builder DR on this machine until it is told to end.") { settings };
        command.SetAction(async (arguments, _) =>
        {
            // Functions are looked for in the program that was started, which is this one.
            await BuilderDrApp.Build(["--LocalRuntime:FunctionAssemblies=BuilderDrFunctions", .. arguments.GetValue(settings) ?? []]).RunToEndAsync();
            return Environment.ExitCode;
        });
        return command;
    }
}
