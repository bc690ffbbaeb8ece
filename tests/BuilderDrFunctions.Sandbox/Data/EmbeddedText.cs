namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>Reads the texts that the assembly carries.</summary>
internal static class EmbeddedText
{
    public static async Task<string> ReadAsync(string name, CancellationToken cancellationToken)
    {
        await using var resource = typeof(EmbeddedText).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded");
        using var reader = new StreamReader(resource);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
