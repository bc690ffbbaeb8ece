namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Text that is JSON already and must be stored as it came.</summary>
internal sealed record RawJson(string Text);
