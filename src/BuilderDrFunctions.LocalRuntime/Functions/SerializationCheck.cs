using System.Text.Json.Serialization.Metadata;

namespace BuilderDrFunctions.LocalRuntime.Functions;

/// <summary>Finds types that could never be an input or an output, before an orchestration finds out in the night.</summary>
internal sealed class SerializationCheck(DataConverter converter)
{
    private static readonly JsonSerializerOptions Shape = new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    private static readonly Type[] NeverData =
        [typeof(Delegate), typeof(Stream), typeof(Task), typeof(Type), typeof(CancellationToken), typeof(nint), typeof(nuint), typeof(IServiceProvider)];

    /// <summary>Null when values of the type can be written as JSON.</summary>
    public string? WhyNotWritable(Type type) => Walk(type, [], forReading: false);

    /// <summary>Null when values of the type can be read from JSON.</summary>
    public string? WhyNotReadable(Type type) => Walk(type, [], forReading: true);

    private string? Walk(Type type, HashSet<Type> seen, bool forReading)
    {
        if (!seen.Add(type))
        {
            return null;
        }

        if (type.IsPointer || type.IsByRefLike || NeverData.Any(never => never.IsAssignableFrom(type)))
        {
            return $"{type.Name} is not data.";
        }

        JsonTypeInfo info;
        try
        {
            info = Shape.GetTypeInfo(type);
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException)
        {
            return exception.Message;
        }

        if (forReading && info.Kind == JsonTypeInfoKind.Object && type != typeof(object) && Probe(type) is { } why)
        {
            return why;
        }

        var parts = info.ElementType is { } element
            ? [element]
            : info.Properties.Where(property => forReading ? property.Set is not null || property.AssociatedParameter is not null : property.Get is not null)
                .Select(property => property.PropertyType);
        return parts.Select(part => Walk(part, seen, forReading)).FirstOrDefault(found => found is not null);
    }

    /// <summary>What System.Text.Json says to an empty object: absent required members are fine here, a type it cannot build is not.</summary>
    private string? Probe(Type type)
    {
        try
        {
            converter.Deserialize("{}", type);
            return null;
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException && exception.Source == "System.Text.Json")
        {
            return exception.Message;
        }
#pragma warning disable CA1031 // the type's own constructor may refuse an empty object in any way it likes; that says nothing against its being data
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }
}
