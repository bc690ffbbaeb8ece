using System.Net.Sockets;
using Azure;
using Azure.Identity;
using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Vault;

/// <summary>What the storage SDK throws, as faults. Only status and error code go into the text: messages quote request headers and addresses.</summary>
internal static class BlobErrors
{
    /// <summary>The fault, or null for what is none of the storage service's doing.</summary>
    internal static FaultException? Translate(string vault, string path, string doing, Exception exception)
    {
        var what = path.Length == 0 ? doing : $"{doing} '{path}'";
        return exception switch
        {
            // The SDK gathers the failures of all its tries.
            AggregateException { InnerExceptions: [.., var last] } => Translate(vault, path, doing, last),
            RequestFailedException { Status: 0 } e => VaultFaults.Unreachable(vault, Socket(e)),
            RequestFailedException e => OfStatus(vault, path, what, e),
            CredentialUnavailableException => VaultFaults.NoCredential(vault),
            AuthenticationFailedException => VaultFaults.SignInFailed(vault),
            OperationCanceledException => VaultFaults.Unreachable(vault, $"{what} was not answered in time"),
            HttpRequestException or IOException or SocketException => VaultFaults.Unreachable(vault, Socket(exception)),
            _ => null,
        };
    }

    /// <summary>Whether the signature is wrong, as against a right one without permission.</summary>
    internal static bool IsWrongKey(RequestFailedException e) => e.ErrorCode is "AuthenticationFailed" or "AuthorizationFailure";

    private static FaultException OfStatus(string vault, string path, string what, RequestFailedException e)
    {
        var cause = FormattableString.Invariant($"HTTP status {e.Status}, {e.ErrorCode ?? "no error code"}");
        return (e.Status, e.ErrorCode) switch
        {
            (404, "ContainerNotFound") => VaultFaults.PlaceMissing(vault, cause),
            (404, _) => VaultFaults.BlobMissing(vault, path),
            (401 or 403, _) => VaultFaults.AccessRefused(vault, what, cause),
            (409, "BlobImmutableDueToPolicy") => VaultFaults.Immutable(vault, what, cause),
            (409, "ContainerBeingDeleted" or "AccountBeingCreated") => VaultFaults.Busy(vault, what, cause),
            (408 or 429 or >= 500, _) => VaultFaults.Busy(vault, what, cause),
            (400, "InvalidBlockList" or "InvalidBlockId") => VaultFaults.StagingLost(vault, path),
            _ => VaultFaults.Refused(vault, what, cause),
        };
    }

    private static string Socket(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException!)
        {
            if (e is SocketException socket)
            {
                return socket.SocketErrorCode.ToString();
            }
        }

        return "the connection broke or was not made";
    }
}
