namespace BuilderDrFunctions.Habitat;

/// <summary>Makes what <see cref="ServiceOptions"/> describe. Nothing is connected before it is used.</summary>
public static class BuilderHostFactory
{
    private const string DefaultStatusUrl = "http://127.0.0.1:9636/v1/status";

    /// <summary>The machine Builder runs on; null where Control is <c>none</c>. Settings that cannot be right are a permanent fault.</summary>
    public static IBuilderHost? CreateHost(ServiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var verdict = new ServiceOptionsValidator().Validate(name: null, options);
        return verdict.Failed
            ? throw HabitatFaults.Misconfigured(string.Join(" ", verdict.Failures))
            : options.Control switch
            {
                "ssh" => new SshBuilderHost(options),
                "local" => new LocalBuilderHost(options),
                _ => null,
            };
    }

    /// <summary>Control over the API's service on <paramref name="host"/>, which stays the caller's to dispose.</summary>
    public static IServiceControl CreateServiceControl(ServiceOptions options, IBuilderHost? host, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        var statusUrl = options.StatusUrl switch
        {
            null => options.Controlled ? DefaultStatusUrl : null,
            "" => null,
            var url => url,
        };
        return new HabitatServiceControl(options.Name, options, host, new StatusProbe(statusUrl, host), time);
    }

    /// <summary>Control over a service beside the API, such as <c>builder-memcached</c>, of the API's own origin. It has no status page.</summary>
    public static IServiceControl CreateServiceControl(ServiceOptions options, string beside, IBuilderHost? host, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new HabitatServiceControl($"{options.Name.Split('/')[0]}/{beside}", options, host, new StatusProbe(statusUrl: null, host), time);
    }
}
