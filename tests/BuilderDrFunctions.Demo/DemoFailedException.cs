namespace BuilderDrFunctions.Demo;

/// <summary>Something the demo shows is not so.</summary>
internal sealed class DemoFailedException(string message) : Exception(message);
