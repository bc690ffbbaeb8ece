using System.Runtime.CompilerServices;

namespace BuilderDrFunctions.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class SourceTree
{
    /// <summary>Its folder, an absolute path.</summary>
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    private static string ThisFile([CallerFilePath] string file = "") => file;
}
