using System.CommandLine;
using BuilderDrFunctions.Sandbox;

var root = new RootCommand("A stand-in Chef Habitat Builder on loopback: PostgreSQL, S3, an SSH host with hab and its API, and Azurite as the vault.")
{
    UpCommand.Create(),
};
// the command ends by itself at SIGINT and SIGTERM, once its servers are down
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, CancellationToken.None);
