using System.Reflection;
using System.Xml.Linq;
using BuilderDrFunctions.OpenApi;
using Xunit;

namespace BuilderDrFunctions.Tests.OpenApi;

public sealed class OpenApiDocumentTests
{
    [Fact]
    public void Every_endpoint_says_what_it_answers_and_what_it_is_for()
    {
        var paths = OpenApiDocument.Of(typeof(BuilderDrServices).Assembly)["paths"]!.AsObject();
        Assert.True(paths.Count > 15);
        foreach (var (path, operations) in paths)
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                var where = $"{method} {path}: add [Answers(status, typeof(…))] (and [Takes], [Query]) to {operation!["operationId"]}";
                Assert.True(operation["responses"]!.AsObject().Any(response => response.Key[0] is '2' or '3'), where);
                Assert.True(operation["summary"] is not null, $"{where}: it has no <summary>");
                Assert.Equal(path.Count(letter => letter == '{'), (operation["parameters"]?.AsArray() ?? []).Count(parameter => (string?)parameter!["in"] == "path"));
            }
        }
    }

    [Fact]
    public void The_version_is_the_one_of_the_whole_project_with_its_commit()
    {
        var version = XDocument.Load(Path.Combine(SourceTree.Folder, "Directory.Build.props")).Descendants("Version").Single().Value;

        var told = (string?)OpenApiDocument.Of(typeof(BuilderDrServices).Assembly)["info"]!["version"];

        Assert.Equal(version, told!.Split('+')[0]);
        Assert.Equal(typeof(BuilderDrServices).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion, told);
        foreach (var project in Directory.EnumerateFiles(Path.Combine(SourceTree.Folder, "src"), "*.csproj", SearchOption.AllDirectories))
        {
            Assert.Empty(XDocument.Load(project).Descendants("Version"));
        }
    }

    [Fact]
    public void Schemas_stand_by_themselves_and_explain_their_fields()
    {
        var document = OpenApiDocument.Of(typeof(BuilderDrServices).Assembly);
        Assert.DoesNotContain("\"$ref\":\"#/properties", document.ToJsonString(), StringComparison.Ordinal);
        var view = document["components"]!["schemas"]!["OperationView"]!;
        Assert.Equal("How it is.", (string?)view["properties"]!["state"]!["description"]);
        Assert.Contains("canceling", view["properties"]!["state"]!["enum"]!.AsArray().Select(value => (string?)value), StringComparer.Ordinal);
        Assert.Contains("steps", view["required"]!.AsArray().Select(value => (string?)value), StringComparer.Ordinal);
        Assert.DoesNotContain("phase", view["required"]!.AsArray().Select(value => (string?)value), StringComparer.Ordinal);
    }
}
