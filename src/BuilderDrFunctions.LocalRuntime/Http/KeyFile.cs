using System.Buffers.Text;

namespace BuilderDrFunctions.LocalRuntime.Http;

/// <summary>The keys of the host and of its functions, kept in keys.json of the state folder.</summary>
internal sealed class KeyFile
{
    public const string MasterName = "_master";

    /// <summary>The key of the durable management API.</summary>
    public const string DurableName = "durabletask_extension";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public required string MasterKey { get; set; }

    /// <summary>Good for every function.</summary>
    public required Dictionary<string, string> FunctionKeys { get; init; }

    public required Dictionary<string, string> SystemKeys { get; init; }

    /// <summary>Good for one function each.</summary>
    public required Dictionary<string, Dictionary<string, string>> Functions { get; init; }

    public static string PathIn(string stateFolder) => Path.Combine(stateFolder, "keys.json");

    /// <summary>256 random bits.</summary>
    public static string NewKey() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Reads the file, or makes it at the first start.</summary>
    public static KeyFile Open(string path)
    {
        if (!File.Exists(path))
        {
            var made = new KeyFile
            {
                MasterKey = NewKey(),
                FunctionKeys = new(StringComparer.OrdinalIgnoreCase) { ["default"] = NewKey() },
                SystemKeys = new(StringComparer.OrdinalIgnoreCase) { [DurableName] = NewKey() },
                Functions = new(StringComparer.OrdinalIgnoreCase),
            };
            made.Save(path);
            return made;
        }

        OwnerOnlyFile.RestrictToOwner(path);
        var file = OwnerOnlyFile.Parse<KeyFile>(path, Options);
        return new KeyFile
        {
            MasterKey = file.MasterKey,
            FunctionKeys = new(file.FunctionKeys, StringComparer.OrdinalIgnoreCase),
            SystemKeys = new(file.SystemKeys, StringComparer.OrdinalIgnoreCase),
            Functions = new(
                file.Functions.Select(function => KeyValuePair.Create(function.Key, new Dictionary<string, string>(function.Value, StringComparer.OrdinalIgnoreCase))),
                StringComparer.OrdinalIgnoreCase),
        };
    }

    public void Save(string path) => OwnerOnlyFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(this, Options));
}
