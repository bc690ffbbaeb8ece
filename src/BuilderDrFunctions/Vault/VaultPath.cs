using System.Buffers;

namespace BuilderDrFunctions.Vault;

/// <summary>What may be a path in a vault: valid and meaning the same in a blob container, in a folder, and in an address.</summary>
/// <remarks>
/// No segment begins with a full stop, so the folder vault's own files (<c>.staging</c>, <c>.lock</c>) can neither be named nor collide.
/// Limits are Azure's: 1,024 characters in all, and 254 path segments.
/// </remarks>
internal static class VaultPath
{
    private const int LongestSegment = 200;
    private const int LongestPath = 1_000;
    private static readonly SearchValues<char> Portable =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+=@");

    /// <summary>Throws DR5007 unless <paramref name="path"/> can name a blob.</summary>
    internal static void Check(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        CheckSegments(path, path.Length == 0 ? "it is empty" : null, lastMayBePartial: false);
    }

    /// <summary>Throws DR5007 unless <paramref name="prefix"/> can begin a path; empty is allowed.</summary>
    internal static void CheckPrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (prefix.Length > 0)
        {
            CheckSegments(prefix, cause: null, lastMayBePartial: true);
        }
    }

    /// <summary>Throws DR5007 unless <paramref name="prefix"/> is empty or ends in <c>/</c>.</summary>
    internal static void CheckFolder(string prefix)
    {
        CheckPrefix(prefix);
        if (prefix.Length > 0 && prefix[^1] != '/')
        {
            throw VaultFaults.PathRefused(Shown(prefix), "a folder ends in /");
        }
    }

    private static void CheckSegments(string path, string? cause, bool lastMayBePartial)
    {
        if (path.Length > LongestPath)
        {
            cause = "it is longer than 1000 characters";
        }

        var segments = cause is null ? path.Split('/') : [];
        for (var i = 0; i < segments.Length && cause is null; i++)
        {
            // What a prefix ends in may go on: complete it.
            var partial = lastMayBePartial && i == segments.Length - 1;
            cause = WhatIsWrong(partial ? segments[i] + "x" : segments[i]);
        }

        if (cause is not null)
        {
            throw VaultFaults.PathRefused(Shown(path), cause);
        }
    }

    private static string? WhatIsWrong(string segment) => segment switch
    {
        "" => "it has an empty segment",
        ['.', ..] => "a segment begins with a full stop",
        [.., '.'] => "a segment ends in a full stop",
        { Length: > LongestSegment } => "a segment is longer than 200 characters",
        _ when segment.AsSpan().ContainsAnyExcept(Portable) => "it has a character outside letters, digits and . _ - + = @",
        _ => null,
    };

    /// <summary>At most 100 characters, none of which can break a line of a log.</summary>
    private static string Shown(string path) =>
        string.Concat(path.Take(100).Select(c => char.IsControl(c) ? '?' : c));
}
