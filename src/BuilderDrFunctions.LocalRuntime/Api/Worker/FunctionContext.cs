namespace Microsoft.Azure.Functions.Worker;

/// <summary>One invocation of one function.</summary>
public abstract class FunctionContext
{
    public abstract string InvocationId { get; }

    /// <summary>The invocation's own scope.</summary>
    public abstract IServiceProvider InstanceServices { get; set; }

    public abstract FunctionDefinition FunctionDefinition { get; }

    public virtual CancellationToken CancellationToken { get; } = CancellationToken.None;

    internal virtual HttpContext? HttpContext => null;

    internal InvocationResult Result { get; } = new();
}

/// <summary>What middleware may know of a function.</summary>
public abstract class FunctionDefinition
{
    public abstract string Name { get; }

    public abstract IImmutableDictionary<string, BindingMetadata> InputBindings { get; }
}

/// <summary>One bound parameter.</summary>
public sealed class BindingMetadata
{
    internal BindingMetadata(string name, string type) => (Name, Type) = (name, type);

    public string Name { get; }

    /// <summary>For example <c>httpTrigger</c>, <c>timerTrigger</c>, <c>durableClient</c>.</summary>
    public string Type { get; }
}

/// <summary>The value a function returned.</summary>
public sealed class InvocationResult
{
    public object? Value { get; set; }
}

public static class FunctionContextExtensions
{
    /// <summary>Null when the function was not started by HTTP.</summary>
    public static HttpContext? GetHttpContext(this FunctionContext context) => context.HttpContext;

    /// <summary>What the function returned; middleware may replace it after <c>next</c>.</summary>
    public static InvocationResult GetInvocationResult(this FunctionContext context) => context.Result;
}
