namespace BuilderDrFunctions.Habitat;

/// <summary>A host key's SHA-256 as OpenSSH writes it: <c>SHA256:</c> and base64 without padding.</summary>
internal static class SshFingerprint
{
    private const string Prefix = "SHA256:";
    private const int Digits = 43;

    /// <summary>The usual form of what an operator gave, with or without prefix and padding; null when it is no SHA-256.</summary>
    internal static string? Normalize(string given)
    {
        var text = given.Trim();
        var digits = (text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? text[Prefix.Length..] : text).TrimEnd('=');
        Span<byte> hash = stackalloc byte[32];
        return digits.Length == Digits && Convert.TryFromBase64String(digits + "=", hash, out var bytes) && bytes == hash.Length
            ? Prefix + digits
            : null;
    }
}
