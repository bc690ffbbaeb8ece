namespace BuilderDrFunctions.Postgres;

/// <summary>Makes a tool's standard error fit for a message.</summary>
internal static class StandardErrorText
{
    /// <summary>How much of its end is kept.</summary>
    public const int Bytes = 16 * 1024;

    private const int Lines = 6;

    /// <summary>The last lines, in one, without the password should a tool ever print it.</summary>
    public static string Shorten(string error, string password)
    {
        var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var text = lines.Length == 0 ? "it said nothing" : string.Join("; ", lines.TakeLast(Lines));
        return password.Length == 0 ? text : text.Replace(password, "***", StringComparison.Ordinal);
    }
}
