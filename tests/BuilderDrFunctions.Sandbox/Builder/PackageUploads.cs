using System.Collections.Concurrent;
using System.Security.Cryptography;
using BuilderDrFunctions.Sandbox.Data;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace BuilderDrFunctions.Sandbox.Builder;

/// <summary>Takes artifacts as builder-api's upload route does: token, checksum, then a row for the package. The object itself is in the bucket already.</summary>
/// <remarks>Facts: <c>upload_package</c> in habitat-sh/builder, components/builder-api/src/server/resources/pkgs.rs.</remarks>
public sealed class PackageUploads(Func<BuilderSettings> settings)
{
    private readonly ConcurrentQueue<string> taken = new();

    /// <summary>The personal access token that may upload.</summary>
    public string Token { get; } = "_" + RandomNumberGenerator.GetHexString(40, lowercase: true);

    /// <summary>The status with which an ident is refused; null: it is taken.</summary>
    public Func<string, int?> Refuses { get; set; } = static _ => null;

    /// <summary>Idents in the order they were taken.</summary>
    public IReadOnlyList<string> Taken => [.. taken];

    internal async Task<IResult> TakeAsync(HttpRequest request, string origin, string name, string version, string release)
    {
        if (request.Headers.Authorization != $"Bearer {Token}")
        {
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }

        using var content = new MemoryStream();
        await request.Body.CopyToAsync(content, request.HttpContext.RequestAborted);
        var checksum = HartFactory.Checksum(content.GetBuffer().AsSpan(0, (int)content.Length));
        if (request.Query["checksum"] != checksum || request.Query["target"].ToString() is not { Length: > 0 } target)
        {
            return Results.Text("ds:up:3", statusCode: StatusCodes.Status422UnprocessableEntity);
        }

        var ident = $"{origin}/{name}/{version}/{release}";
        if (Refuses(ident) is { } status)
        {
            return Results.StatusCode(status);
        }

        return await ChecksumOfAsync(ident, target) switch
        {
            { } same when same == checksum && request.Query["forced"] == "true" => Taking(ident),
            { } when request.Query["forced"] == "true" => Results.Text("ds:up:4", statusCode: StatusCodes.Status422UnprocessableEntity),
            { } => Results.StatusCode(StatusCodes.Status409Conflict),
            null => await InsertAsync(ident, origin, name, version, release, target, checksum) ? Taking(ident) : Results.StatusCode(StatusCodes.Status404NotFound),
        };
    }

    private IResult Taking(string ident)
    {
        taken.Enqueue(ident);
        return Results.Text($"/pkgs/{ident}/download", statusCode: StatusCodes.Status201Created);
    }

    private async Task<string?> ChecksumOfAsync(string ident, string target)
    {
        await using var database = await OpenAsync();
        await using var command = new NpgsqlCommand("SELECT checksum FROM origin_packages WHERE ident = $1 AND target = $2", database);
        command.Parameters.Add(new NpgsqlParameter { Value = ident });
        command.Parameters.Add(new NpgsqlParameter { Value = target });
        return (string?)await command.ExecuteScalarAsync();
    }

    private async Task<bool> InsertAsync(string ident, string origin, string name, string version, string release, string target, string checksum)
    {
        await using var database = await OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO origin_packages (owner_id, name, ident, ident_array, checksum, manifest, config, target, deps, tdeps, exposes, visibility, origin)
            SELECT owner_id, $1, $2, $3, $4, '', '', $5, '{}', '{}', '{}', default_package_visibility, name FROM origins WHERE name = $6
            """,
            database);
        foreach (var value in new object[] { name, ident, new[] { origin, name, version, release }, checksum, target, origin })
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return await command.ExecuteNonQueryAsync() == 1;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var builder = settings();
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = builder.PostgresHost,
            Port = builder.PostgresPort,
            Username = builder.PostgresUser,
            Password = builder.PostgresPassword,
            Database = "builder",
            Pooling = false,
        }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
