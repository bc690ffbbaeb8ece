namespace BuilderDrFunctions.LocalRuntime.Durable;

/// <summary>Changes that are committed together, and what may happen once they are on disk.</summary>
internal sealed class Unit
{
    public List<Action<StateWriter>> Changes { get; } = [];

    public List<Action> Effects { get; } = [];

    /// <summary>Somebody waits for it: do not hold it back to be committed along with others.</summary>
    public bool Urgent { get; set; }

    public void OnceCommitted(Action effect)
    {
        Effects.Add(effect);
        Urgent = true;
    }
}
