namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>The last lines a server wrote, for error messages.</summary>
public sealed class LogTail(int capacity = 60)
{
    private readonly Queue<string> lines = new();
    private readonly Lock gate = new();

    /// <summary>Adds a line and forgets the oldest beyond the capacity.</summary>
    public void Add(string line)
    {
        lock (gate)
        {
            lines.Enqueue(line);
            if (lines.Count > capacity)
            {
                lines.Dequeue();
            }
        }
    }

    /// <summary>The lines kept, oldest first.</summary>
    public override string ToString()
    {
        lock (gate)
        {
            return string.Join('\n', lines);
        }
    }
}
