namespace BuilderDrFunctions.Api;

/// <summary>Says, for the API's description, what an endpoint answers when it does what it is asked.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="body">The answer's type; null where it is no JSON.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AnswersAttribute(int status, Type? body = null) : Attribute
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The answer's type, or null.</summary>
    public Type? Body { get; } = body;

    /// <summary>Its media type.</summary>
    public string MediaType { get; init; } = "application/json";

    /// <summary>A member that the answer has besides those of its type.</summary>
    public string? Member { get; init; }

    /// <summary>That member's type.</summary>
    public Type? MemberType { get; init; }
}

/// <summary>Says, for the API's description, what an endpoint takes as its body; all of it may be left out.</summary>
/// <param name="body">Its type.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TakesAttribute(Type body) : Attribute
{
    /// <summary>Its type.</summary>
    public Type Body { get; } = body;
}

/// <summary>Says, for the API's description, which query parameter an endpoint reads.</summary>
/// <param name="name">Its name.</param>
/// <param name="meaning">One sentence.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class QueryAttribute(string name, string meaning) : Attribute
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>One sentence.</summary>
    public string Meaning { get; } = meaning;

    /// <summary>It is a whole number.</summary>
    public bool IsNumber { get; init; }
}
