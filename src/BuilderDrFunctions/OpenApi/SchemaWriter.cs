using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using BuilderDrFunctions.Api;

namespace BuilderDrFunctions.OpenApi;

/// <summary>JSON schemas of the API's types, made by the serializer that writes and reads them, so that they cannot say anything else.</summary>
internal sealed class SchemaWriter(SourceComments comments)
{
    private static readonly JsonSerializerOptions Options = new(ApiJson.Options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    /// <summary>The schema of a type.</summary>
    /// <param name="type">Which.</param>
    /// <param name="isAnswer">What is always written is required; a request may leave everything out.</param>
    public JsonNode Of(Type type, bool isAnswer) => Options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, schema) => Transform(context, schema, isAnswer),
    });

    private JsonObject Transform(JsonSchemaExporterContext context, JsonNode schema, bool isAnswer)
    {
        // Where anything may stand the exporter says "true", which leaves no place for a description.
        var node = schema as JsonObject ?? [];

        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object && node["properties"] is JsonObject)
        {
            node.Remove("required");
            var always = context.TypeInfo.Properties.Where(property => property.Get is not null && IsAlwaysWritten(property)).Select(property => (JsonNode)property.Name).ToArray();
            if (isAnswer && always.Length > 0)
            {
                node["required"] = new JsonArray(always);
            }
        }

        // A default that the constructor has is no part of what is written.
        node.Remove("default");
        var text = context.PropertyInfo is { } member
            ? comments.OfProperty(member.DeclaringType, (member.AttributeProvider as System.Reflection.MemberInfo)?.Name ?? member.Name)
            : comments.OfType(context.TypeInfo.Type);
        if (text is not null)
        {
            node["description"] = text;
        }

        return node;
    }

    private static bool IsAlwaysWritten(JsonPropertyInfo property) =>
        property.PropertyType.IsValueType ? Nullable.GetUnderlyingType(property.PropertyType) is null : !property.IsGetNullable;
}
