namespace BuilderDrFunctions.Faults;

/// <summary>An error an operator can act on: a documented number, what happened to what and why, and what to do next.</summary>
/// <remarks>The text reaches logs and orchestration history: it never holds a secret, and no inner exception is chained for that reason.</remarks>
public abstract class FaultException : Exception
{
    /// <summary>Makes the message out of its three parts.</summary>
    /// <param name="code">Four digits behind <c>DR</c>; listed in docs/errors/ and never reused.</param>
    /// <param name="what">What happened, to what, and why; one sentence without a full stop at its end.</param>
    /// <param name="hint">What to do next.</param>
    protected FaultException(string code, string what, string hint)
        : base($"{code}: {what}\nHINT: {hint}")
    {
        Code = code;
        What = what;
        Hint = hint;
    }

    /// <summary>The number, such as <c>DR3001</c>.</summary>
    public string Code { get; }

    /// <summary>The sentence without number and hint.</summary>
    public string What { get; }

    /// <summary>Number and sentence, for a list of findings; the number leads to the next step.</summary>
    public string Brief => $"{Code}: {What}";

    /// <summary>The next step.</summary>
    public string Hint { get; }
}
