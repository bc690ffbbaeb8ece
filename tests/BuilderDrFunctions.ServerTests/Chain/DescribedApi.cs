using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NJsonSchema;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Chain;

/// <summary>Holds every answer that a test gets of the app to the app's own description, <c>GET /api/openapi.json</c>.</summary>
internal sealed class DescribedApi : DelegatingHandler
{
    private readonly Dictionary<string, JsonSchema> _schemas = new(StringComparer.Ordinal);
    private JsonElement? _description;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        if (request.RequestUri!.AbsolutePath.StartsWith("/api/", StringComparison.Ordinal) && answer.Content.Headers.ContentType?.MediaType is { } type && type.EndsWith("json", StringComparison.Ordinal))
        {
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
            await CheckAsync(await DescriptionAsync(request, cancellationToken), request, answer, type, cancellationToken);
        }

        return answer;
    }

    private async Task CheckAsync(JsonElement description, HttpRequestMessage request, HttpResponseMessage answer, string type, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        var what = $"{request.Method} {request.RequestUri!.PathAndQuery} → {(int)answer.StatusCode}";
        var paths = description.GetProperty("paths").EnumerateObject().Where(path => Fits(path.Name, request.RequestUri.AbsolutePath)).OrderBy(path => path.Name.Count(letter => letter == '{'));
        var operation = paths.Select(path => path.Value).FirstOrDefault();
        Assert.True(operation.ValueKind == JsonValueKind.Object && operation.TryGetProperty(request.Method.Method.ToLowerInvariant(), out operation), $"{what} is not described");
        var responses = operation.GetProperty("responses");
        var status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        var response = type == "application/problem+json" ? responses.GetProperty("default") : responses.TryGetProperty(status, out var found) ? found : default;
        Assert.True(response.ValueKind == JsonValueKind.Object, $"{what}: that status is not described");
        var schema = await SchemaAsync(response.GetProperty("content").GetProperty(type).GetProperty("schema").GetProperty("$ref").GetString()!.Split('/')[^1], cancellationToken);
        var errors = schema.Validate(text);
        Assert.True(errors.Count == 0, $"{what} is not as described: {string.Join("; ", errors)}\n{text}");
    }

    private async Task<JsonSchema> SchemaAsync(string name, CancellationToken cancellationToken)
    {
        if (!_schemas.TryGetValue(name, out var schema))
        {
            var all = _description!.Value.GetProperty("components").GetProperty("schemas").GetRawText().Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal);
            var document = new JsonObject { ["$ref"] = $"#/definitions/{name}", ["definitions"] = JsonNode.Parse(all) };
            _schemas[name] = schema = (await JsonSchema.FromJsonAsync(document.ToJsonString(), cancellationToken)).ActualSchema;
        }

        return schema;
    }

    private async Task<JsonElement> DescriptionAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (_description is null)
        {
            using var ask = new HttpRequestMessage(HttpMethod.Get, new Uri(request.RequestUri!, "/api/openapi.json"));
            ask.Headers.Add("x-functions-key", request.Headers.GetValues("x-functions-key"));
            using var answer = await base.SendAsync(ask, cancellationToken);
            _description = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(cancellationToken));
        }

        return _description.Value;
    }

    private static bool Fits(string template, string path)
    {
        string[] wanted = template.Split('/'), given = path.Split('/');
        return wanted.Length == given.Length && wanted.Zip(given).All(pair => pair.First.StartsWith('{') || pair.First == pair.Second);
    }
}
