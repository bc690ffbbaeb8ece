namespace BuilderDrFunctions.Sites;

/// <summary>The Builders this installation protects, by name.</summary>
public interface ISiteDirectory
{
    /// <summary>The configured sites, in ordinal order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Begins to use a site; nothing is connected before a part of it is asked for. An unknown name is a permanent fault.</summary>
    ISiteConnection Open(string site);
}
