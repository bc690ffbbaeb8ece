using System.Runtime.InteropServices;

namespace BuilderDrFunctions.Cli;

/// <summary>Ctrl-C and SIGTERM, which end what a command waits for, so that it can say what goes on without it.</summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    // Never disposed: a signal may come while the program is ending.
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    private StopSignals()
    {
    }

    /// <summary>Canceled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Listens from now on; not for <c>serve</c>, since the app ends by itself when it is told to, after its steps have had their time.</summary>
    public static StopSignals Watch(string[] args)
    {
        var signals = new StopSignals();
        if (args is not ["serve", ..])
        {
            signals._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, signals.Stop));
            signals._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, signals.Stop));
        }

        return signals;
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _stop.Cancel();

        // Whoever reads the output may have stopped reading.
        _ = Task.Delay(LastWords, CancellationToken.None).ContinueWith(_ => Environment.Exit(ExitCodes.NotAsked), TaskScheduler.Default);
    }
}
