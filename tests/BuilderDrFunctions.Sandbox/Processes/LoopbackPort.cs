using System.Net;
using System.Net.Sockets;

namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>A port on 127.0.0.1 that no other sandbox on this machine takes until it is disposed, even while its server is down.</summary>
/// <remarks>Chosen below the kernel's range for outgoing connections; reserved by a lock on a file, which ends with the program.</remarks>
public sealed class LoopbackPort : IDisposable
{
    private const int First = 20000;
    private const int Last = 31999;

    private readonly FileStream reservation;

    private LoopbackPort(int number, FileStream reservation)
    {
        Number = number;
        this.reservation = reservation;
    }

    /// <summary>The port.</summary>
    public int Number { get; }

    /// <summary>Reserves a free port.</summary>
    public static LoopbackPort Reserve()
    {
        var folder = ReservationsFolder();
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var number = Random.Shared.Next(First, Last);
            if (TryReserve(Path.Combine(folder, $"{number}")) is not { } reservation)
            {
                continue;
            }

            if (IsFree(number))
            {
                return new LoopbackPort(number, reservation);
            }

            reservation.Dispose();
        }

        throw new InvalidOperationException($"no free port found between {First} and {Last}");
    }

    /// <inheritdoc/>
    public void Dispose() => reservation.Dispose();

    private static string ReservationsFolder()
    {
        var folder = Path.Combine(Path.GetTempPath(), "builder-dr-ports");
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            // other users of the machine reserve here too, as in the temporary folder itself
            File.SetUnixFileMode(folder, File.GetUnixFileMode(Path.GetTempPath()));
        }

        return folder;
    }

    private static FileStream? TryReserve(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
