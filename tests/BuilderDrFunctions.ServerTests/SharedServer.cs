using System.Runtime.ExceptionServices;

namespace BuilderDrFunctions.ServerTests;

/// <summary>A server started by the first who asks for it. One that failed to start is not tried again: every test that needs it fails alike, at once.</summary>
internal sealed class SharedServer<T>(Func<CancellationToken, Task<T>> start) : IAsyncDisposable
    where T : class, IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private T? server;
    private ExceptionDispatchInfo? failure;

    public async Task<T> GetAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            failure?.Throw();
            // not the asking test's token: the server outlives it
            return server ??= await start(CancellationToken.None);
        }
        catch (Exception e)
        {
            failure ??= ExceptionDispatchInfo.Capture(e);
            throw;
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        gate.Dispose();
    }
}
