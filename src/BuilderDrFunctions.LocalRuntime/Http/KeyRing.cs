namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>Says what a request's key allows, and lets an administrator change keys.</summary>
internal sealed class KeyRing(HostSettings settings)
{
    private readonly Lock _gate = new();
    private KeyFile? _file;

    public string Path { get; } = KeyFile.PathIn(settings.StateFolder);

    private KeyFile File => _file ?? throw new InvalidOperationException("The keys have not been read yet.");

    /// <summary>Reads the keys, or makes them at the first start.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _file = KeyFile.Open(Path);
        }
    }

    /// <summary>The level of the request's key: the header counts before the query, even when it is empty.</summary>
    public AuthorizationLevel LevelOf(HttpRequest request, string? function = null) =>
        request.Headers.TryGetValue("x-functions-key", out var values) || request.Query.TryGetValue("code", out values)
            ? LevelOf(values.FirstOrDefault(), function)
            : AuthorizationLevel.Anonymous;

    public string DurableKey()
    {
        lock (_gate)
        {
            return File.SystemKeys.GetValueOrDefault(KeyFile.DurableName, "");
        }
    }

    /// <summary>A copy of the host's function keys (no function), its system keys, or one function's own.</summary>
    public IReadOnlyDictionary<string, string> List(KeyScope scope)
    {
        lock (_gate)
        {
            if (scope.Function is { } function && !File.Functions.ContainsKey(function))
            {
                File.Functions[function] = new(StringComparer.OrdinalIgnoreCase) { ["default"] = KeyFile.NewKey() };
                File.Save(Path);
            }

            return new Dictionary<string, string>(Keys(scope), StringComparer.OrdinalIgnoreCase);
        }
    }

    public string MasterKey()
    {
        lock (_gate)
        {
            return File.MasterKey;
        }
    }

    /// <summary>Sets a key to the value, or to a new random one.</summary>
    public (KeyChange Change, string Value) Set(KeyScope scope, string name, string? value)
    {
        var key = value ?? KeyFile.NewKey();
        lock (_gate)
        {
            if (scope.Function is null && string.Equals(name, KeyFile.MasterName, StringComparison.OrdinalIgnoreCase))
            {
                File.MasterKey = key;
                File.Save(Path);
                return (KeyChange.Updated, key);
            }

            if (name.StartsWith('_') || key.Length == 0)
            {
                return (KeyChange.Refused, "");
            }

            var keys = Keys(scope);
            var change = keys.ContainsKey(name) ? KeyChange.Updated : KeyChange.Created;
            keys[name] = key;
            File.Save(Path);
            return (change, key);
        }
    }

    public KeyChange Delete(KeyScope scope, string name)
    {
        if (string.Equals(name, KeyFile.MasterName, StringComparison.OrdinalIgnoreCase))
        {
            return KeyChange.Refused;
        }

        lock (_gate)
        {
            if (!Keys(scope).Remove(name))
            {
                return KeyChange.NotFound;
            }

            File.Save(Path);
            return KeyChange.Updated;
        }
    }

    private AuthorizationLevel LevelOf(string? given, string? function)
    {
        if (string.IsNullOrEmpty(given))
        {
            return AuthorizationLevel.Anonymous;
        }

        // digests have one length, and every key is compared: the time taken says nothing about any of them
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(given), digest);
        var level = AuthorizationLevel.Anonymous;
        lock (_gate)
        {
            level = Raise(level, AuthorizationLevel.Admin, [File.MasterKey], digest);
            level = Raise(level, AuthorizationLevel.System, File.SystemKeys.Values, digest);
            level = Raise(level, AuthorizationLevel.Function, File.FunctionKeys.Values, digest);
            return function is not null && File.Functions.TryGetValue(function, out var own)
                ? Raise(level, AuthorizationLevel.Function, own.Values, digest)
                : level;
        }
    }

    private static AuthorizationLevel Raise(AuthorizationLevel level, AuthorizationLevel to, IEnumerable<string> keys, ReadOnlySpan<byte> given)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (var key in keys)
        {
            SHA256.HashData(Encoding.UTF8.GetBytes(key), digest);
            if (CryptographicOperations.FixedTimeEquals(digest, given) && to > level)
            {
                level = to;
            }
        }

        return level;
    }

    private Dictionary<string, string> Keys(KeyScope scope) => scope switch
    {
        { IsSystem: true } => File.SystemKeys,
        { Function: { } function } => File.Functions.TryGetValue(function, out var own) ? own : File.Functions[function] = new(StringComparer.OrdinalIgnoreCase),
        _ => File.FunctionKeys,
    };
}

/// <summary>Which keys: the host's for all functions, the host's system keys, or one function's own.</summary>
internal readonly record struct KeyScope(string? Function, bool IsSystem)
{
    public static readonly KeyScope Host;
    public static readonly KeyScope System = new(null, true);

    public static KeyScope Of(string function) => new(function, false);

    public override string ToString() => IsSystem ? "the host (system)" : Function is null ? "the host" : $"function '{Function}'";
}

/// <summary>What became of a request to change a key.</summary>
internal enum KeyChange
{
    Created,
    Updated,
    Refused,
    NotFound,
}
