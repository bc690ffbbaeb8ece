using Microsoft.DurableTask.Converters;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BuilderDrFunctions.LocalRuntime.Hosting;

/// <summary>Puts the host together: settings, functions, engine, timers, routes.</summary>
internal static class Runtime
{
    /// <summary>Finds the app's functions, checks everything, and returns an app that is ready to start.</summary>
    /// <exception cref="FunctionsStartupException">Something is wrong; all of it is named.</exception>
    public static WebApplication Build(
        WebApplicationBuilder builder,
        IReadOnlyCollection<Type>? types,
        IReadOnlyList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware,
        bool servesHttp)
    {
        FunctionsStartupException.ExitPlainly();
        var problems = new List<string>();
        var settings = HostSettings.Read(builder.Configuration, RuntimeConfiguration.HostJson(builder.Configuration), problems);
        AddServices(builder, settings);
        builder.Services.AddSingleton(provider => new InvocationServices(
            provider, provider.GetRequiredService<DataConverter>(), () => provider.GetRequiredService<DurableEngine>().Client, InvocationServices.PipelineOf(middleware)));
        // Found once the container exists: the check of the functions asks it what can be injected.
        IReadOnlyList<FunctionDescriptor> found = [];
        builder.Services.AddSingleton(provider => new FunctionCatalog(
            found, provider.GetRequiredService<InvocationServices>(), provider.GetRequiredService<TimeProvider>()));

        var app = builder.Build();
        found = Discover(app, types ?? TypesOf(builder.Configuration, problems), servesHttp, problems);
        problems.AddRange(HttpFunctions.Check(app.Services, found, settings));
        problems.AddRange(StartupProblems.InOptions(app.Services, app.Configuration));
        if (problems.Count > 0)
        {
            throw new FunctionsStartupException(problems);
        }

        app.Services.GetRequiredService<HttpFunctions>().Map(app);
        app.Services.GetRequiredService<AdminEndpoints>().Map(app);
        app.Services.GetRequiredService<KeyEndpoints>().Map(app);
        app.Services.GetRequiredService<DurableEndpoints>().Map(app);
        return app;
    }

    private static IReadOnlyList<FunctionDescriptor> Discover(WebApplication app, IEnumerable<Type> types, bool servesHttp, List<string> problems)
    {
        var serialization = new SerializationCheck(app.Services.GetRequiredService<DataConverter>());
        var functions = new FunctionDiscovery(app.Configuration, app.Services.GetRequiredService<IServiceProviderIsService>(), serialization, problems).Find(types);
        if (!servesHttp && functions.Any(function => function.Trigger is HttpTriggerAttribute))
        {
            problems.Add("There are HTTP functions, but nothing serves them. HINT: call builder.ConfigureFunctionsWebApplication().");
        }

        return functions;
    }

    private static IEnumerable<Type> TypesOf(ConfigurationManager settings, List<string> problems)
    {
        var names = (settings["LocalRuntime:FunctionAssemblies"] ?? Assembly.GetEntryAssembly()?.GetName().Name ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var name in names)
        {
            Type[] types = [];
            try
            {
                types = Assembly.Load(name).GetTypes();
            }
            catch (Exception exception) when (exception is IOException or BadImageFormatException or ReflectionTypeLoadException)
            {
                problems.Add($"The assembly '{name}' cannot be searched for functions: {exception.Message}");
            }

            foreach (var type in types)
            {
                yield return type;
            }
        }
    }

    private static void AddServices(WebApplicationBuilder builder, HostSettings settings)
    {
        var services = builder.Services;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.MaxRequestBody;
        });

        services.PostConfigure<LoggerFilterOptions>(Silence);
        services.Configure<HostOptions>(host => host.ShutdownTimeout =
            settings.Engine.DrainTimeout == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan : (3 * settings.Engine.DrainTimeout) + TimeSpan.FromSeconds(15));
        services.AddMvcCore();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton<DataConverter>(new JsonDataConverter(new JsonSerializerOptions { PropertyNameCaseInsensitive = true }));
        services.AddSingleton(provider => new DurableEngine(
            provider.GetRequiredService<FunctionCatalog>(),
            settings.Engine with { Converter = provider.GetRequiredService<DataConverter>(), Time = provider.GetRequiredService<TimeProvider>() },
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<FunctionInvoker>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<TimerStatusFile>();
        services.AddSingleton<TimerService>();
        services.AddSingleton<HttpFunctions>();
        services.AddSingleton<InstanceEndpoints>();
        services.AddSingleton<DurableEndpoints>();
        services.AddSingleton<AdminEndpoints>();
        services.AddSingleton<KeyEndpoints>();
        services.AddHostedService<RuntimeService>();
        Telemetry.AddExporter(services, builder.Configuration);
    }

    /// <summary>The server's request lines hold the query, and the query may hold a key: no setting brings them back. What keeps the host from starting it tells by itself, and in a stack trace besides.</summary>
    /// <remarks>A rule for one provider counts before a rule for all, so each provider that has rules gets these too.</remarks>
    private static void Silence(LoggerFilterOptions filters)
    {
        foreach (var provider in filters.Rules.Select(rule => rule.ProviderName).Append(null).Distinct(StringComparer.Ordinal).ToList())
        {
            filters.Rules.Add(new LoggerFilterRule(provider, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, null));
            filters.Rules.Add(new LoggerFilterRule(provider, "Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical, null));
        }
    }
}
