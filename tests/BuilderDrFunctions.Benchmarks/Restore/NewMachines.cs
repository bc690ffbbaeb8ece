using System.Globalization;
using BuilderDrFunctions.Sandbox;
using BuilderDrFunctions.Sandbox.Servers;

namespace BuilderDrFunctions.Benchmarks.Restore;

/// <summary>Machines that a lost Builder can be restored on: an empty PostgreSQL server each, no bucket yet, and services to start.</summary>
internal sealed class NewMachines : IAsyncDisposable
{
    private readonly List<NewMachine> _machines = [];
    private readonly Dictionary<string, string> _settings;

    private NewMachines(BuilderSandbox builder) =>
        _settings = new Dictionary<string, string>(builder.ExplicitAppSettings, StringComparer.Ordinal)
        {
            // Timers must not fire into the measurement.
            ["Schedules__Backup"] = "0 0 0 1 1 *",
            ["Schedules__Drill"] = "0 0 0 1 1 *",
        };

    /// <summary>The settings of an app that knows the Builder as <c>main</c> and each machine as a site.</summary>
    public IReadOnlyDictionary<string, string> AppSettings => _settings;

    /// <summary>One of them.</summary>
    public NewMachine this[int index] => _machines[index];

    /// <summary>Starts their servers.</summary>
    public static async Task<NewMachines> StartAsync(BuilderSandbox builder, int count, CancellationToken cancellationToken)
    {
        var machines = new NewMachines(builder);
        try
        {
            for (var machine = 0; machine < count; machine++)
            {
                machines.Add(string.Create(CultureInfo.InvariantCulture, $"rebuilt{machine}"), await PostgresCluster.StartNewAsync(new PostgresClusterOptions(), cancellationToken));
            }

            return machines;
        }
        catch
        {
            await machines.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in _machines)
        {
            await machine.Postgres.DisposeAsync();
        }
    }

    private void Add(string site, PostgresCluster cluster)
    {
        _machines.Add(new NewMachine(site, cluster));
        const string main = "Sites__main__";
        var prefix = $"Sites__{site}__";
        foreach (var (name, value) in _settings.Where(setting => setting.Key.StartsWith(main, StringComparison.Ordinal)).ToList())
        {
            _settings[prefix + name[main.Length..]] = value;
        }

        _settings[prefix + "Postgres__Host"] = cluster.Host;
        _settings[prefix + "Postgres__Port"] = cluster.Port.ToString(CultureInfo.InvariantCulture);
        _settings[prefix + "Postgres__Username"] = cluster.Username;
        _settings[prefix + "Postgres__Password"] = cluster.Password;
        _settings[prefix + "Artifacts__Bucket"] = site;
    }
}

/// <summary>One machine.</summary>
/// <param name="Site">Its name in the app's settings.</param>
/// <param name="Postgres">Its database server.</param>
internal sealed record NewMachine(string Site, PostgresCluster Postgres);
