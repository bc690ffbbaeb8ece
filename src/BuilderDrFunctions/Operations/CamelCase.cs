using System.Text.Json;
using System.Text.Json.Nodes;

namespace BuilderDrFunctions.Operations;

/// <summary>Durable outputs are stored with the worker's own naming (PascalCase); the API speaks camelCase throughout.</summary>
internal static class CamelCase
{
    /// <summary>The same value with every property's name in camelCase.</summary>
    public static JsonElement Of(JsonElement value) => JsonSerializer.SerializeToElement(Convert(value));

    private static JsonNode? Convert(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => new JsonObject(value.EnumerateObject().Select(property =>
            KeyValuePair.Create(JsonNamingPolicy.CamelCase.ConvertName(property.Name), Convert(property.Value)))),
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(Convert)]),
        _ => JsonNode.Parse(value.GetRawText()),
    };
}
