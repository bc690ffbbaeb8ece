using System.Buffers.Text;

namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>Says what a request's key allows, and lets an administrator change keys; they are kept in keys.json of the state folder.</summary>
internal sealed class KeyRing(HostSettings settings)
{
    /// <summary>The key of the durable management API.</summary>
    private const string DurableName = "durabletask_extension";
    private const string MasterName = "_master";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly Lock _gate = new();
    private KeyFile? _file;

    public string Path { get; } = System.IO.Path.Combine(settings.StateFolder, "keys.json");

    private KeyFile File => _file ?? throw new InvalidOperationException("The keys have not been read yet.");

    /// <summary>256 random bits.</summary>
    public static string NewKey() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Reads the keys, or makes them at the first start.</summary>
    public void Open()
    {
        lock (_gate)
        {
            if (System.IO.File.Exists(Path))
            {
                OwnerOnlyFile.RestrictToOwner(Path);
                _file = OwnerOnlyFile.Parse<KeyFile>(Path, Options);
            }
            else
            {
                _file = new KeyFile(NewKey(), new() { ["default"] = NewKey() }, new() { [DurableName] = NewKey() }, []);
                Save();
            }
        }
    }

    /// <summary>The level of the request's key: the header counts before the query, even when it is empty.</summary>
    public AuthorizationLevel LevelOf(HttpRequest request, string? function = null)
    {
        if ((!request.Headers.TryGetValue("x-functions-key", out var values) && !request.Query.TryGetValue("code", out values)) || values is not [{ Length: > 0 } given, ..])
        {
            return AuthorizationLevel.Anonymous;
        }

        lock (_gate)
        {
            NamedKeys own = function is not null && File.Functions.TryGetValue(function, out var found) ? found : [];
            IEnumerable<(AuthorizationLevel Level, string Key)> keys =
            [
                (AuthorizationLevel.Admin, File.MasterKey),
                .. File.SystemKeys.Values.Select(key => (AuthorizationLevel.System, key)),
                .. File.FunctionKeys.Values.Concat(own.Values).Select(key => (AuthorizationLevel.Function, key)),
            ];

            // digests have one length, and every key is compared: the time taken says nothing about any of them
            var digest = Digest(given);
            return keys.Select(known => CryptographicOperations.FixedTimeEquals(Digest(known.Key), digest) ? known.Level : AuthorizationLevel.Anonymous).Max();
        }

        static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
    }

    public string DurableKey()
    {
        lock (_gate)
        {
            return File.SystemKeys.GetValueOrDefault(DurableName, "");
        }
    }

    /// <summary>A copy of the keys of a scope; a function that has none of its own gets one.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> List(KeyScope scope)
    {
        lock (_gate)
        {
            if (scope.Function is { } function && !File.Functions.ContainsKey(function))
            {
                File.Functions[function] = new() { ["default"] = NewKey() };
                Save();
            }

            return [.. Keys(scope)];
        }
    }

    /// <summary>Null when there is none of this name; the master key is among the system keys for whoever asks for it by name.</summary>
    public string? Find(KeyScope scope, string name)
    {
        lock (_gate)
        {
            return scope.IsSystem && IsMaster(name) ? File.MasterKey
                : List(scope).FirstOrDefault(key => string.Equals(key.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
        }
    }

    /// <summary>Sets a key.</summary>
    public KeyChange Set(KeyScope scope, string name, string value)
    {
        lock (_gate)
        {
            var change = KeyChange.Updated;
            if (scope.Function is null && IsMaster(name))
            {
                _file = File with { MasterKey = value };
            }
            else if (name.StartsWith('_') || value.Length == 0)
            {
                return KeyChange.Refused;
            }
            else
            {
                var keys = Keys(scope);
                change = keys.ContainsKey(name) ? KeyChange.Updated : KeyChange.Created;
                keys[name] = value;
            }

            Save();
            return change;
        }
    }

    public KeyChange Delete(KeyScope scope, string name)
    {
        lock (_gate)
        {
            if (IsMaster(name) || !Keys(scope).Remove(name))
            {
                return IsMaster(name) ? KeyChange.Refused : KeyChange.NotFound;
            }

            Save();
            return KeyChange.Updated;
        }
    }

    private static bool IsMaster(string name) => string.Equals(name, MasterName, StringComparison.OrdinalIgnoreCase);

    private NamedKeys Keys(KeyScope scope) => scope switch
    {
        { IsSystem: true } => File.SystemKeys,
        { Function: { } function } => File.Functions.TryGetValue(function, out var own) ? own : File.Functions[function] = [],
        _ => File.FunctionKeys,
    };

    /// <summary>What could not be written counts as not changed: a key that was to go must not come back with the next start.</summary>
    private void Save()
    {
        try
        {
            OwnerOnlyFile.Replace(Path, JsonSerializer.SerializeToUtf8Bytes(_file, Options));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && System.IO.File.Exists(Path))
        {
            _file = OwnerOnlyFile.Parse<KeyFile>(Path, Options);
            throw;
        }
    }

    /// <summary>What keys.json holds.</summary>
    /// <param name="MasterKey">Opens everything.</param>
    /// <param name="FunctionKeys">Good for every function.</param>
    /// <param name="SystemKeys">Good for an extension's API.</param>
    /// <param name="Functions">Good for one function each.</param>
    private sealed record KeyFile(string MasterKey, NamedKeys FunctionKeys, NamedKeys SystemKeys, KeysOfFunctions Functions);

    private sealed class NamedKeys() : Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    private sealed class KeysOfFunctions() : Dictionary<string, NamedKeys>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>Which keys: the host's for all functions, the host's system keys, or one function's own.</summary>
internal readonly record struct KeyScope(string? Function = null, bool IsSystem = false)
{
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
