using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using BuilderDrFunctions.Api;

namespace BuilderDrFunctions.OpenApi;

/// <summary>The API in OpenAPI 3.1, made from the functions themselves: routes from their triggers, texts from their comments, schemas from their types.</summary>
internal static class OpenApiDocument
{
    /// <summary>Describes every HTTP-triggered function of an assembly.</summary>
    public static JsonObject Of(Assembly assembly)
    {
        var comments = SourceComments.Of(assembly);
        var schemas = new Schemas(new SchemaWriter(comments));
        var paths = new JsonObject();
        foreach (var operation in ApiOperation.In(assembly))
        {
            if (paths[operation.Path] is not JsonObject path)
            {
                paths[operation.Path] = path = [];
            }

            path[operation.Method] = Describe(operation, comments, schemas);
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Builder DR",
                ["version"] = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0",
                ["description"] = "Disaster recovery for a self-hosted Chef Habitat Builder.",
            },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.Written,
                ["securitySchemes"] = new JsonObject
                {
                    ["functionKey"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = "x-functions-key" },
                },
            },
            ["security"] = new JsonArray(new JsonObject { ["functionKey"] = new JsonArray() }),
        };
    }

    private static JsonObject Describe(ApiOperation operation, SourceComments comments, Schemas schemas)
    {
        var described = new JsonObject { ["operationId"] = operation.Function, ["tags"] = new JsonArray(operation.Path.Split('/')[2]) };
        if (comments.OfMethod(operation.Code) is { } summary)
        {
            described["summary"] = summary;
        }

        var parameters = operation.PathParameters
            .Select(name => Parameter(name, "path", null, "string"))
            .Concat(operation.Query.Select(query => Parameter(query.Name, "query", query.Meaning, query.IsNumber ? "integer" : "string")))
            .ToArray<JsonNode>();
        if (parameters.Length > 0)
        {
            described["parameters"] = new JsonArray(parameters);
        }

        if (operation.Body is { } body)
        {
            described["requestBody"] = new JsonObject { ["required"] = false, ["content"] = Content("application/json", schemas.Refer(body, isAnswer: false)) };
        }

        var responses = new JsonObject();
        foreach (var answer in operation.Answers)
        {
            var response = new JsonObject { ["description"] = Meaning(answer.Status) };
            if (answer.Body is not null || answer.MediaType != "application/json")
            {
                response["content"] = Content(answer.MediaType, answer.Body is null ? new JsonObject { ["type"] = "string" } : schemas.Refer(answer));
            }

            responses[answer.Status.ToString(CultureInfo.InvariantCulture)] = response;
        }

        if (operation.IsAnonymous)
        {
            described["security"] = new JsonArray();
        }
        else
        {
            responses["401"] = new JsonObject { ["description"] = "No valid key" };
            responses["default"] = new JsonObject { ["description"] = "A numbered fault, as RFC 9457 has it", ["content"] = Content("application/problem+json", schemas.Problem()) };
        }

        described["responses"] = responses;
        return described;
    }

    private static JsonObject Parameter(string name, string where, string? meaning, string type)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = where, ["required"] = where == "path", ["schema"] = new JsonObject { ["type"] = type } };
        if (meaning is not null)
        {
            parameter["description"] = meaning;
        }

        return parameter;
    }

    private static JsonObject Content(string mediaType, JsonNode schema) => new() { [mediaType] = new JsonObject { ["schema"] = schema } };

    private static string Meaning(int status) => status switch
    {
        200 => "Done",
        201 => "Made",
        202 => "Accepted: the operation runs",
        204 => "Done; there is nothing to say",
        302 or 307 or 308 => "It is elsewhere",
        503 => "Not well; the same report",
        _ => "An answer",
    };

    /// <summary>The schemas that were referred to.</summary>
    private sealed class Schemas(SchemaWriter writer)
    {
        public JsonObject Written { get; } = [];

        public JsonObject Refer(Type type, bool isAnswer)
        {
            var name = isAnswer || type.Name.EndsWith("Request", StringComparison.Ordinal) ? type.Name : type.Name + "Request";
            if (!Written.ContainsKey(name))
            {
                Written[name] = writer.Of(type, isAnswer);
            }

            return Reference(name);
        }

        public JsonObject Refer(AnswersAttribute answer)
        {
            var reference = Refer(answer.Body!, isAnswer: true);
            if (answer is { Member: { } member, MemberType: { } type })
            {
                Written[answer.Body!.Name]!["properties"]![member] = Refer(type, isAnswer: true);
            }

            return reference;
        }

        public JsonObject Problem()
        {
            if (!Written.ContainsKey("Problem"))
            {
                JsonObject Text() => new() { ["type"] = "string" };
                Written["Problem"] = new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                    {
                        ["type"] = Text(),
                        ["title"] = Text(),
                        ["status"] = new JsonObject { ["type"] = "integer" },
                        ["detail"] = Text(),
                        ["instance"] = Text(),
                        ["code"] = new JsonObject { ["type"] = "string", ["pattern"] = "^DR[0-9]{4}$" },
                        ["hint"] = Text(),
                        ["field"] = Text(),
                    },
                    ["required"] = new JsonArray("type", "title", "status", "detail", "code", "hint"),
                };
            }

            return Reference("Problem");
        }

        private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };
    }
}
