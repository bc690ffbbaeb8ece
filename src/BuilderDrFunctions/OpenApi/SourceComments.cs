using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace BuilderDrFunctions.OpenApi;

/// <summary>The doc comments of the sources, as the compiler puts them beside the assembly: the one place where each field is explained.</summary>
internal sealed partial class SourceComments
{
    private readonly Dictionary<string, XElement> _members;

    private SourceComments(Dictionary<string, XElement> members) => _members = members;

    /// <summary>Those of an assembly; none where the file is not there, and then the description only lacks its texts.</summary>
    public static SourceComments Of(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        return new SourceComments(File.Exists(file)
            ? XDocument.Load(file).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal)
            : []);
    }

    /// <summary>What a function does, without the method and path at its beginning.</summary>
    public string? OfMethod(MethodInfo method) =>
        Text(_members.Where(member => member.Key.StartsWith($"M:{method.DeclaringType!.FullName}.{method.Name}(", StringComparison.Ordinal)).Select(member => member.Value).FirstOrDefault()?.Element("summary")) is { } text
            ? RouteAtBeginning().Replace(text, "")
            : null;

    /// <summary>What a type is.</summary>
    public string? OfType(Type type) => Text(_members.GetValueOrDefault($"T:{NameOf(type)}")?.Element("summary"));

    /// <summary>What a property means: its own comment, or that of the record's parameter of the same name.</summary>
    public string? OfProperty(Type type, string property) =>
        Text(_members.GetValueOrDefault($"P:{NameOf(type)}.{property}")?.Element("summary"))
        ?? Text(_members.GetValueOrDefault($"T:{NameOf(type)}")?.Elements("param").FirstOrDefault(parameter => parameter.Attribute("name")?.Value == property));

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static string? Text(XElement? element)
    {
        if (element is null)
        {
            return null;
        }

        // References to code are shown by their last name.
        var words = element.DescendantNodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "see" or "paramref" } reference => (reference.Attribute("cref") ?? reference.Attribute("name"))?.Value.Split('.', ':')[^1] ?? "",
            _ => "",
        });
        var text = Space().Replace(string.Concat(words), " ").Trim();
        return text.Length > 0 ? text : null;
    }

    [GeneratedRegex(@"^(GET|POST|PUT|DELETE) \S+?: ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RouteAtBeginning();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Space();
}
