using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace BuilderDrFunctions.Api;

/// <summary>Reads requests strictly: what is not understood is refused with the field's name, never ignored.</summary>
public static class ApiRequest
{
    private const int BodyLimit = 64 * 1024;

    /// <summary>Reads a JSON object; an empty body gives the type's defaults.</summary>
    /// <exception cref="RequestFaultException">DR1001 to DR1003.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, CancellationToken cancellationToken)
        where T : class, new()
    {
        var body = await ReadBodyAsync(request, cancellationToken);
        if (body.Length == 0)
        {
            return new T();
        }

        if (!request.HasJsonContentType())
        {
            throw ApiFaults.WrongMediaType(request.ContentType);
        }

        try
        {
            return JsonSerializer.Deserialize<T>(body.Span, ApiJson.Options) ?? throw ApiFaults.MalformedBody("it is null, not an object", null);
        }
        catch (JsonException exception)
        {
            throw ApiFaults.MalformedBody(Describe(exception), FieldOf(exception));
        }
    }

    /// <summary>A whole number from the query, within its limits.</summary>
    public static int ReadNumber(HttpRequest request, string name, int fallback, int least, int most)
    {
        var text = request.Query[name];
        if (text.Count == 0)
        {
            return fallback;
        }

        return text.Count == 1 && int.TryParse(text[0], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most
            ? number
            : throw ApiFaults.BadValue(name, "is not a whole number within its limits", $"give a number from {least} to {most}");
    }

    /// <summary>Whether the query asks for the one thing that a parameter can ask for; false without it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">The parameter's name.</param>
    /// <param name="wanted">The value that asks.</param>
    /// <param name="usual">The value that says what is so without it.</param>
    /// <exception cref="RequestFaultException">DR1004.</exception>
    public static bool Asks(HttpRequest request, string name, string wanted, string usual)
    {
        var text = request.Query[name].ToString();
        return text.Length == 0 || text == wanted || text == usual
            ? text == wanted
            : throw ApiFaults.BadValue(name, "is none of its values", $"give {wanted} or {usual}, or leave it out");
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > BodyLimit)
        {
            throw ApiFaults.BodyTooLarge(BodyLimit);
        }

        var buffer = new byte[BodyLimit + 1];
        try
        {
            var read = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return read <= BodyLimit ? buffer.AsMemory(0, read) : throw ApiFaults.BodyTooLarge(BodyLimit);
        }
        catch (BadHttpRequestException exception)
        {
            throw ApiFaults.BrokenBody(exception.StatusCode, exception.Message);
        }
    }

    // The serializer's own message names our types and, in part, quotes the input; the place and the field are enough.
    private static string Describe(JsonException exception) =>
        exception.Message.Contains("could not be mapped", StringComparison.Ordinal) ? $"field '{FieldOf(exception)}' is not known"
        : exception.Message.Contains("uplicate", StringComparison.Ordinal) ? $"field '{FieldOf(exception)}' is given twice"
        : FieldOf(exception) is { Length: > 0 } field ? $"field '{field}' has a value of the wrong kind (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine})"
        : $"it is not a JSON object (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine})";

    private static string? FieldOf(JsonException exception)
    {
        if (exception.Path is { Length: > 2 } path)
        {
            return path.TrimStart('$', '.');
        }

        // Unknown members are reported with the path of the object that holds them; their name stands in the message.
        var parts = exception.Message.Split('\'');
        return parts.Length > 1 && exception.Message.Contains("could not be mapped", StringComparison.Ordinal) ? parts[1] : null;
    }
}
