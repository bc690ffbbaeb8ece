using System.Text.RegularExpressions;

namespace BuilderDrFunctions.Recovery;

/// <summary>What a restored database may be called.</summary>
public static partial class DatabaseName
{
    /// <summary>Characters; what this program appends must fit into PostgreSQL's 63 as well.</summary>
    public const int Longest = 30;

    /// <summary>Whether it can be a database of its own, with what this program appends.</summary>
    public static bool IsUsable(string name) => Usable().IsMatch(name);

    [GeneratedRegex(@"^[a-z][a-z0-9_]{0,29}\z", RegexOptions.None, 1000)]
    private static partial Regex Usable();
}
