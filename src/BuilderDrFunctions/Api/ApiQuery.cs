using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace BuilderDrFunctions.Api;

/// <summary>Refuses query parameters that an endpoint does not read: one that is misspelt, or belongs into the body, must not be taken for none.</summary>
internal static class ApiQuery
{
    // The function key's own. The host reads it.
    private const string Key = "code";

    private static readonly Lazy<Dictionary<string, string[]>> Known = new(Read);

    /// <summary>Holds a request to the parameters that its endpoint's <see cref="QueryAttribute"/>s name, as the API's description does.</summary>
    /// <exception cref="RequestFaultException">DR1015.</exception>
    public static void RequireKnown(HttpRequest request, string function)
    {
        foreach (var name in request.Query.Keys)
        {
            if (!name.Equals(Key, StringComparison.OrdinalIgnoreCase) && !Of(function).Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                throw ApiFaults.UnknownParameter(name, Of(function));
            }
        }
    }

    private static string[] Of(string function) => Known.Value.GetValueOrDefault(function, []);

    private static Dictionary<string, string[]> Read() =>
        (from type in typeof(ApiQuery).Assembly.GetExportedTypes()
         from code in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
         let names = code.GetCustomAttributes<QueryAttribute>().Select(query => query.Name).ToArray()
         where names.Length > 0
         select (Function: code.GetCustomAttribute<FunctionAttribute>()?.Name ?? code.Name, names))
        .ToDictionary(known => known.Function, known => known.names, StringComparer.Ordinal);
}
