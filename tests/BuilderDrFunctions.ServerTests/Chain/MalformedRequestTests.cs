using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Chain;

/// <summary>Requests that make no sense get a 4xx with an RFC 9457 problem that says what to do, and change nothing.</summary>
public sealed class MalformedRequestTests(ChainSandbox chain) : IClassFixture<ChainSandbox>
{
    private static readonly string Long = new('a', 70_000);

    /// <summary>Method, path, content type, body, the status and the number expected, and the field named.</summary>
    private static readonly (string Method, string Path, string? Type, string? Body, int Status, string Code, string? Field)[] Requests =
    [
        ("POST", "/api/backups", "application/json", "{", 400, "DR1001", null),
        ("POST", "/api/backups", "application/json", "}", 400, "DR1001", null),
        ("POST", "/api/backups", "application/json", "[]", 400, "DR1001", null),
        ("POST", "/api/backups", "application/json", "null", 400, "DR1001", null),
        ("POST", "/api/backups", "application/json", "true", 400, "DR1001", null),
        ("POST", "/api/backups", "application/json", "42", 400, "DR1001", null),
        ("POST", "/api/backups", "application/json", "\"main\"", 400, "DR1001", null),
        ("POST", "/api/backups", "application/json", "{}{}", 400, "DR1001", null),
        ("POST", "/api/backups", "application/json", "{\"site\":\"main\",}", 400, "DR1001", null),
        ("POST", "/api/backups", "application/json", "{'site':'main'}", 400, "DR1001", null),
        ("POST", "/api/backups", "application/json", "{\"sight\":\"main\"}", 400, "DR1001", "sight"),
        ("POST", "/api/backups", "application/json", "{\"Site\":\"main\"}", 400, "DR1001", "Site"),
        ("POST", "/api/backups", "application/json", "{\"site\":7}", 400, "DR1001", "site"),
        ("POST", "/api/backups", "application/json", "{\"site\":[\"main\"]}", 400, "DR1001", "site"),
        ("POST", "/api/backups", "application/json", "{\"site\":{}}", 400, "DR1001", "site"),
        ("POST", "/api/backups", "application/json", "{\"site\":\"nowhere\"}", 400, "DR1005", "site"),
        ("POST", "/api/backups", "application/json", "{\"site\":\"../main\"}", 400, "DR1005", "site"),
        ("POST", "/api/backups", "application/json", "{\"site\":\"main\",\"site\":\"main\"}", 400, "DR1001", "site"),
        ("POST", "/api/backups", "application/json", "{\"label\":\"\"}", 400, "DR1004", "label"),
        ("POST", "/api/backups", "application/json", "{\"label\":\"With Space\"}", 400, "DR1004", "label"),
        ("POST", "/api/backups", "application/json", "{\"label\":\"a/b\"}", 400, "DR1004", "label"),
        ("POST", "/api/backups", "application/json", "{\"label\":\"-a\"}", 400, "DR1004", "label"),
        ("POST", "/api/backups", "application/json", "{\"label\":\"\\u0000\"}", 400, "DR1004", "label"),
        ("POST", "/api/backups", "application/json", "{\"label\":\"a\\n\"}", 400, "DR1004", "label"),
        ("POST", "/api/backups", "application/json", "{\"label\":\"01234567890123456789012345678901234567890\"}", 400, "DR1004", "label"),
        ("POST", "/api/backups", "application/json", "{\"quiesce\":\"later\"}", 400, "DR1001", "quiesce"),
        ("POST", "/api/backups", "application/json", "{\"quiesce\":0}", 400, "DR1001", "quiesce"),
        ("POST", "/api/backups", "application/json", "{\"quiesce\":true}", 400, "DR1001", "quiesce"),
        ("POST", "/api/backups", "text/plain", "{}", 415, "DR1002", null),
        ("POST", "/api/backups", "application/xml", "<site/>", 415, "DR1002", null),
        ("POST", "/api/backups", null, "{}", 415, "DR1002", null),
        ("POST", "/api/backups", "application/json", "{\"label\":\"" + Long + "\"}", 413, "DR1003", null),
        ("GET", "/api/backups?top=0", null, null, 400, "DR1004", "top"),
        ("GET", "/api/backups?top=many", null, null, 400, "DR1004", "top"),
        ("GET", "/api/backups?top=1&top=2", null, null, 400, "DR1004", "top"),
        ("GET", "/api/backups?top=99999999999999999999", null, null, 400, "DR1004", "top"),
        ("GET", "/api/backups?site=nowhere", null, null, 400, "DR1005", "site"),
        ("GET", "/api/backups?before=zzz", null, null, 400, "DR1004", "before"),
        ("GET", "/api/backups?befor=20261122T020000Z-nightly-1a2b", null, null, 400, "DR1015", "befor"),
        ("POST", "/api/backups?site=nope", null, null, 400, "DR1015", "site"),
        ("POST", "/api/backups?site=nope", "application/json", "{\"site\":\"main\"}", 400, "DR1015", "site"),
        ("GET", "/api/audit?before=zzz", null, null, 400, "DR1004", "before"),
        ("GET", "/api/health?report=yes", null, null, 400, "DR1004", "report"),
        ("GET", "/api/openapi.json?version=3", null, null, 400, "DR1015", "version"),
        ("GET", "/api/backups/latest", null, null, 404, "DR1007", null),
        ("GET", "/api/backups/20261122T020000Z-nightly-1a2b", null, null, 404, "DR1007", null),
        ("GET", "/api/backups/..%2f..%2fkeys", null, null, 404, "DR1007", null),
        ("POST", "/api/backups/20261122T020000Z-nightly-1a2b/verify", "application/json", "{\"why\":1}", 400, "DR1001", "why"),
        ("GET", "/api/operations/nothing", null, null, 404, "DR1006", null),
        ("GET", "/api/operations/dr-main", null, null, 404, "DR1006", null),
        ("GET", "/api/operations/backup-20261122T020000Z-main-1a2b", null, null, 404, "DR1006", null),
        ("GET", "/api/operations?top=-1", null, null, 400, "DR1004", "top"),
        ("GET", "/api/operations?continuation=zzz", null, null, 400, "DR1004", "continuation"),
        ("POST", "/api/operations/nothing/cancel", "application/json", "{}", 404, "DR1006", null),
        ("POST", "/api/operations/backup-20261122T020000Z-main-1a2b/cancel", "application/json", "{\"why\":1}", 400, "DR1001", "why"),
    ];

    [Fact]
    public async Task Are_answered_with_a_problem_and_never_with_500()
    {
        await using var app = await chain.StartAppAsync();
        Assert.True(Requests.Length >= 40);
        foreach (var (method, path, type, body, status, code, field) in Requests)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (body is not null)
            {
                request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
                request.Content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
            }

            using var answer = await app.Process.Http.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            var what = $"{method} {path} {body?[..Math.Min(body.Length, 60)]} → {(int)answer.StatusCode} {text}";

            Assert.True((int)answer.StatusCode == status, what);
            Assert.True(answer.Content.Headers.ContentType?.MediaType == "application/problem+json", what);
            var problem = JsonSerializer.Deserialize<JsonElement>(text);
            Assert.True(problem.GetProperty("status").GetInt32() == status, what);
            Assert.True(problem.GetProperty("detail").GetString()!.Length > 0 && problem.GetProperty("hint").GetString()!.Length > 0, what);
            Assert.True(problem.GetProperty("code").GetString() == code, what);
            Assert.True((problem.TryGetProperty("field", out var named) ? named.GetString() : null) == field, what);
        }

        Assert.Equal(0, (await app.Process.GetAsync("/api/operations", TestContext.Current.CancellationToken)).GetProperty("operations").GetArrayLength());
    }

    [Fact]
    public async Task Without_a_key_get_nothing_at_all()
    {
        await using var app = await chain.StartAppAsync();
        using var stranger = new HttpClient { BaseAddress = app.Process.Http.BaseAddress };
        foreach (var path in new[] { "/api/backups", "/api/operations", "/api/backups/20261122T020000Z-nightly-1a2b" })
        {
            using var answer = await stranger.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }

        using var started = await stranger.PostAsync("/api/backups", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, started.StatusCode);
    }
}
