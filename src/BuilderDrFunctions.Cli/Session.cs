using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text;
using System.Text.Json;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.Backup;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using Spectre.Console;

namespace BuilderDrFunctions.Cli;

/// <summary>One command's talk with the app.</summary>
internal sealed class Session : IDisposable
{
    // A newer app may say more than this program knows.
    private static readonly JsonSerializerOptions Options = new(ApiJson.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpClient _http;

    public Session(Uri url, string key, string keySource, bool isJson, IAnsiConsole console, TextWriter error, TimeSpan limit)
    {
        (Url, KeySource, IsJson, Console, Error) = (url, keySource, isJson, console, error);
        // A redirect would take the key elsewhere, and make a GET of a POST.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = WithSlash(url), Timeout = limit };
        _http.DefaultRequestHeaders.Add("x-functions-key", key);
    }

    public Uri Url { get; }

    public string KeySource { get; }

    public bool IsJson { get; }

    public IAnsiConsole Console { get; }

    public TextWriter Error { get; }

    // Whoever serves the app under a path of a proxy gives that path along; without the slash its last part would be replaced.
    private static Uri WithSlash(Uri url) => url.AbsolutePath.EndsWith('/') ? url : new UriBuilder(url) { Path = url.AbsolutePath + '/' }.Uri;

    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
        where T : notnull => SendAsync<T>(HttpMethod.Get, path, null, [], cancellationToken);

    public Task<T> PostAsync<T>(string path, object body, CancellationToken cancellationToken)
        where T : notnull => SendAsync<T>(HttpMethod.Post, path, body, [], cancellationToken);

    /// <summary>Asks; <paramref name="alsoGood"/> are statuses whose body is an answer too.</summary>
    /// <exception cref="FaultException">The app's own fault, or DR9203 to DR9205.</exception>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, HttpStatusCode[] alsoGood, CancellationToken cancellationToken)
        where T : notnull
    {
        using var request = new HttpRequestMessage(method, path.TrimStart('/'));
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: Options);
        }

        var (status, text) = await AskUnlessRefusedAsync(request, cancellationToken);
        try
        {
            return ((int)status is >= 200 and < 300 || alsoGood.Contains(status)) && JsonSerializer.Deserialize<T>(text, Options) is { } answer && IsWhole(answer)
                ? answer
                : throw CliFaults.NotBuilderDr(Url, (int)status);
        }
        catch (JsonException)
        {
            throw CliFaults.NotBuilderDr(Url, (int)status);
        }
    }

    /// <summary>Takes something away, which is answered without a body.</summary>
    /// <exception cref="FaultException">As <see cref="SendAsync"/>.</exception>
    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path.TrimStart('/'));
        var (status, _) = await AskUnlessRefusedAsync(request, cancellationToken);
        if (status != HttpStatusCode.NoContent)
        {
            throw CliFaults.NotBuilderDr(Url, (int)status);
        }
    }

    /// <summary>The set that an operator means: an id, or the newest one.</summary>
    public async Task<string> ResolveAsync(string id, string? site, CancellationToken cancellationToken)
    {
        if (id != "latest")
        {
            return id;
        }

        var page = await GetAsync<BackupPage>($"/api/backups?top=1{Query("site", site)}", cancellationToken);
        return page.Damaged is [var damaged, ..] ? throw CliFaults.NewestDamaged(damaged)
            : page.Backups is not [var newest, ..] ? throw CliFaults.NoSet(site)
            : BackupLabel.TryParse(newest.Label) is { } label && ClockRule.IsAhead(label.At, TimeProvider.System.GetUtcNow()) ? throw CliFaults.NewestIsAhead(newest.Label)
            : newest.Label;
    }

    /// <summary>Reads a result of a kind that is known.</summary>
    public static T Read<T>(JsonElement element) => element.Deserialize<T>(Options)!;

    /// <summary>What scripts read: as it is, never wrapped.</summary>
    public void WriteJson<T>(T value) => WritePlain(
        JsonSerializer.Serialize(value is JsonElement element ? element : JsonSerializer.SerializeToElement(value, Options), Indented));

    /// <summary>A line as it is, never wrapped.</summary>
    public void WritePlain(string line) => Console.Profile.Out.Writer.WriteLine(line);

    public static string Query(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode Status, string Text)> AskUnlessRefusedAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (status, type, text) = await AskAsync(request, cancellationToken);
        if (type == "application/problem+json")
        {
            throw FaultOf(text, (int)status) ?? CliFaults.NotBuilderDr(Url, (int)status);
        }

        return status == HttpStatusCode.Unauthorized ? throw CliFaults.KeyRefused(Url, KeySource) : (status, text);
    }

    private async Task<(HttpStatusCode Status, string? Type, string Text)> AskAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.SendAsync(request, cancellationToken);
            return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(cancellationToken)));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw CliFaults.Unreachable(Url, exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw CliFaults.Unreachable(Url, $"no answer within {Say.Seconds(_http.Timeout.TotalSeconds)}");
        }
    }

    /// <summary>Whether an answer has what the app never leaves out. Much else answers in JSON, and to <c>/api/health</c> in particular.</summary>
    private static bool IsWhole<T>(T answer)
        where T : notnull
    {
        var nullability = new NullabilityInfoContext();
        return typeof(T).IsValueType || typeof(T).GetProperties().All(property =>
            property.PropertyType.IsValueType || nullability.Create(property).ReadState == NullabilityState.Nullable || property.GetValue(answer) is not null);
    }

    private static FaultException? FaultOf(string text, int status)
    {
        try
        {
            // What the app cannot do now it may be able to do soon.
            return JsonSerializer.Deserialize<Problem>(text, Options) is not { Code: { } code, Detail: { } detail, Hint: { } hint } ? null
                : status >= 500 ? new TransientFaultException(code, detail, hint) : new PermanentFaultException(code, detail, hint);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Problem(string? Code, string? Detail, string? Hint);
}
