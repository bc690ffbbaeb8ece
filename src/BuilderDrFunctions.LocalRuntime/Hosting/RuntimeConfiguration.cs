using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;

namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>Where settings come from, weakest first: the runtime's defaults, host.json's logging, appsettings.json, local.settings.json, the environment, arguments.</summary>
internal static class RuntimeConfiguration
{
    public const string DefaultUrl = "http://127.0.0.1:7071";

    /// <summary>A web application's builder with the host's sources and its default address.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environment.GetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT"),
        });
        var sources = ((IConfigurationBuilder)builder.Configuration).Sources;
        var beforeEnvironment = sources.IndexOf(sources.OfType<EnvironmentVariablesConfigurationSource>().Last(source => source.Prefix is null or ""));
        sources.Insert(beforeEnvironment, new MemoryConfigurationSource { InitialData = LocalSettings(Path.Combine(AppContext.BaseDirectory, "local.settings.json")) });
        // Two sources: host.json may name a setting that has a default too.
        sources.Insert(0, new MemoryConfigurationSource { InitialData = HostJsonLogging() });
        sources.Insert(0, new MemoryConfigurationSource { InitialData = LoggingDefaults() });
        if (!IsToldWhereToListen(builder.Configuration))
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }

        return builder;
    }

    /// <summary>host.json of the base directory, and over it settings named <c>AzureFunctionsJobHost__…</c>.</summary>
    /// <remarks>Copied value by value: a chained configuration drops empty ones, and an empty route prefix means something.</remarks>
    public static IConfiguration HostJson(IConfiguration settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(HostJsonFile().AsEnumerable())
        .AddInMemoryCollection(settings.GetSection("AzureFunctionsJobHost").AsEnumerable(makePathsRelative: true).Where(setting => setting.Value is not null))
        .Build();

    private static IConfigurationRoot HostJsonFile() => new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "host.json"), optional: true, reloadOnChange: false)
        .Build();

    private static IEnumerable<KeyValuePair<string, string?>> HostJsonLogging() =>
        HostJsonFile().GetSection("logging").AsEnumerable().Where(setting => setting.Value is not null);

    private static Dictionary<string, string?> LoggingDefaults() => new(StringComparer.OrdinalIgnoreCase)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fff'Z' ",
    };

    /// <summary>The <c>Values</c> of local.settings.json, as the Core Tools read it.</summary>
    internal static IEnumerable<KeyValuePair<string, string?>> LocalSettings(string file) => new ConfigurationBuilder()
        .AddJsonFile(file, optional: true, reloadOnChange: false).Build().GetSection("Values").AsEnumerable(makePathsRelative: true)
        .Where(setting => setting.Value is not null)
        .Select(setting => KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), setting.Value));

    private static bool IsToldWhereToListen(ConfigurationManager settings) =>
        settings["urls"] is { Length: > 0 } || settings["http_ports"] is { Length: > 0 } || settings["https_ports"] is { Length: > 0 }
        || settings.GetSection("Kestrel:Endpoints").GetChildren().Any();
}
