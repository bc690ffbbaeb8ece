namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>Marks a method as a function.</summary>
    /// <param name="name">Unique within the app.</param>
    [AttributeUsage(AttributeTargets.Method)]
    public class FunctionAttribute(string name) : Attribute
    {
        public string Name { get; } = name;
    }
}

namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions
{
    public abstract class BindingAttribute : Attribute;

    /// <summary>What starts a function; every function has exactly one.</summary>
    public abstract class TriggerBindingAttribute : BindingAttribute;
}
