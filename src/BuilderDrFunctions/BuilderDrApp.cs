using BuilderDrFunctions.Audit;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

namespace BuilderDrFunctions;

/// <summary>The app, put together: for its own program, and for the command line's <c>serve</c>.</summary>
public static class BuilderDrApp
{
    /// <summary>Reads the settings and registers everything.</summary>
    public static IHost Build(string[] args)
    {
        TimeSettings.Register();
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        builder.UseWhen<AuditMiddleware>(AuditMiddleware.Concerns);
        builder.Services.AddBuilderDr(builder.Configuration);
        return builder.Build();
    }

    /// <summary>Serves until the process is told to end.</summary>
    public static Task RunToEndAsync(this IHost host) => host.RunAsync();
}
