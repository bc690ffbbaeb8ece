namespace BuilderDrFunctions.LocalRuntime.Tests.Engine;

/// <summary>Tells any time it is told; delays pass as they really do.</summary>
internal sealed class SettableClock(DateTimeOffset start) : TimeProvider
{
    private long ticks = start.UtcTicks;

    public void Set(DateTimeOffset value) => Volatile.Write(ref ticks, value.UtcTicks);

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref ticks), TimeSpan.Zero);
}
