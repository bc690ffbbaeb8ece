using System.Globalization;
using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Faults;
using Microsoft.AspNetCore.Http;

namespace BuilderDrFunctions.Api;

/// <summary>The faults of requests, DR100x and DR101x.</summary>
public static class ApiFaults
{
    /// <summary>The body is not JSON of the shape asked for.</summary>
    public static RequestFaultException MalformedBody(string why, string? field) =>
        new(StatusCodes.Status400BadRequest, "DR1001", $"the request body cannot be read: {why}", "send one JSON object as documented in docs/api.md", field);

    /// <summary>The body is of another media type.</summary>
    public static RequestFaultException WrongMediaType(string? given) =>
        new(StatusCodes.Status415UnsupportedMediaType, "DR1002", $"the request body is {given ?? "of no stated type"}, not JSON", "send it with Content-Type: application/json");

    /// <summary>The body is too long.</summary>
    public static RequestFaultException BodyTooLarge(int limit) =>
        new(StatusCodes.Status413PayloadTooLarge, "DR1003", $"the request body is longer than {limit} bytes", "send only the documented fields");

    /// <summary>A field has a value it cannot have.</summary>
    public static RequestFaultException BadValue(string field, string why, string hint) =>
        new(StatusCodes.Status400BadRequest, "DR1004", $"field '{field}' {why}", hint, field);

    /// <summary>No such site.</summary>
    public static RequestFaultException UnknownSite(string site, IEnumerable<string> known) =>
        new(StatusCodes.Status400BadRequest, "DR1005", $"there is no site '{site}'", $"the configured sites are: {string.Join(", ", known)}", "site");

    /// <summary>No such operation.</summary>
    public static RequestFaultException UnknownOperation(string id) =>
        new(StatusCodes.Status404NotFound, "DR1006", $"there is no operation '{id}'", "GET /api/operations lists them");

    /// <summary>No such backup set.</summary>
    public static RequestFaultException UnknownBackup(string id) =>
        new(StatusCodes.Status404NotFound, "DR1007", $"there is no backup set '{id}'", "GET /api/backups lists them");

    /// <summary>The newest set is meant, and there is none.</summary>
    public static RequestFaultException NoBackup(string site) =>
        new(StatusCodes.Status404NotFound, "DR1007", $"site '{site}' has no backup set yet", "take one: POST /api/backups, or 'builder-dr backup'");

    /// <summary>The newest set that shows no later moment is meant, and all show a later one.</summary>
    public static RequestFaultException NoneThatOld(string site, DateTimeOffset moment, string oldest) =>
        new(StatusCodes.Status404NotFound, "DR1007", string.Create(CultureInfo.InvariantCulture, $"no set of site '{site}' shows {moment.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC or earlier; the oldest is {oldest}"),
            "give a later moment or a set's id; GET /api/backups lists the sets with their recovery points");

    /// <summary>The set expired.</summary>
    public static RequestFaultException ExpiredBackup(ExpiredSet set) =>
        new(StatusCodes.Status410Gone, "DR1011", string.Create(CultureInfo.InvariantCulture, $"backup set '{set.Label}' of site '{set.Site}' expired at {set.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC"),
            "GET /api/backups lists the sets that are there; a second vault may still have it (Vault__Copy__Url)");

    /// <summary>Another operation holds the site.</summary>
    public static RequestFaultException SiteBusy(string site, string running) =>
        new(StatusCodes.Status409Conflict, "DR1008", $"operation {running} is running on site '{site}'",
            $"wait for its end, or cancel it with POST /api/operations/{running}/cancel");

    /// <summary>A finished operation cannot be canceled.</summary>
    public static RequestFaultException AlreadyEnded(string id) =>
        new(StatusCodes.Status409Conflict, "DR1009", $"operation {id} has ended already", $"GET /api/operations/{id} tells how");

    /// <summary>It was accepted and has not begun within the time one waits for it.</summary>
    public static RequestFaultException NotBegun(string id) =>
        new(StatusCodes.Status409Conflict, "DR1010", $"operation {id} has not begun yet", "try again in a few seconds");

    /// <summary>The durable store refuses the call, or does not answer it.</summary>
    /// <param name="why">Its client's message. Behind the first line the host's stack may stand, which is for the log.</param>
    public static TransientFaultException StoreSilent(string why) =>
        new("DR1012", $"the durable store, which keeps the operations, does not do what it is asked: {why.Split('\r', '\n')[0]}",
            "ask again in a minute; when it goes on, look at the log of the functions host and at the state storage");

    /// <summary>An error that has no number of its own.</summary>
    public static PermanentFaultException Unforeseen(Type type) =>
        new("DR1013", $"the request failed with an error that nobody foresaw ({type.Name})", "look at the log around this time, where all of it stands, and report it");

    /// <summary>The app stops, or a time limit of its own has passed.</summary>
    public static TransientFaultException CutShort() =>
        new("DR1014", "the request was ended before it was answered: the app stops, or what it asked took too long", "ask again in a minute; what the request was to start may have been started");

    /// <summary>The body was cut off, or is not what its headers say.</summary>
    public static RequestFaultException BrokenBody(int status, string why) =>
        new(status, "DR1001", $"the request body cannot be read: {FaultText.OneLine(why).TrimEnd('.')}", "send all of it, as long as its headers say");

    /// <summary>A query parameter that the endpoint does not read.</summary>
    public static RequestFaultException UnknownParameter(string name, IReadOnlyCollection<string> known) =>
        new(StatusCodes.Status400BadRequest, "DR1015", $"query parameter '{name}' is not known here",
            known.Count == 0 ? "leave it out; what this endpoint takes goes into the body, see docs/api.md" : $"this endpoint reads: {string.Join(", ", known)}", name);
}
