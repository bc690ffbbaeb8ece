namespace BuilderDrFunctions.LocalRuntime.Timers;

/// <summary>When each timer last ran and is next due, kept in timers.json of the state folder.</summary>
internal sealed class TimerStatusFile(HostSettings settings)
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true };

    private readonly string _path = Path.Combine(settings.StateFolder, "timers.json");
    private readonly Lock _gate = new();
    private Dictionary<string, ScheduleStatus> _statuses = [];

    /// <summary>Reads the file, so that one that cannot be read is known at the start.</summary>
    public void Open() => _statuses = File.Exists(_path) ? OwnerOnlyFile.Parse<Dictionary<string, ScheduleStatus>>(_path, Options) : [];

    /// <summary>Null when the timer never ran.</summary>
    public ScheduleStatus? Read(string function)
    {
        lock (_gate)
        {
            return _statuses.GetValueOrDefault(function);
        }
    }

    /// <summary>On disk when it returns.</summary>
    public void Write(string function, ScheduleStatus status)
    {
        lock (_gate)
        {
            _statuses[function] = status;
            OwnerOnlyFile.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(_statuses, Options));
        }
    }
}
