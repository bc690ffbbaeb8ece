namespace BuilderDrFunctions.LocalRuntime.Functions;

/// <summary>Awaits whatever shape of task a function returns, and hands on the plain value.</summary>
internal static class ReturnValue
{
    /// <summary>The type inside Task or ValueTask; void for none.</summary>
    public static Type Unwrap(Type returned) => returned switch
    {
        _ when returned == typeof(Task) || returned == typeof(ValueTask) => typeof(void),
        { IsGenericType: true } when returned.GetGenericTypeDefinition() is var open && (open == typeof(Task<>) || open == typeof(ValueTask<>)) =>
            returned.GenericTypeArguments[0],
        _ => returned,
    };

    public static Func<object?, Task<object?>> CompletionOf(Type returned)
    {
        if (returned == typeof(Task))
        {
            return static value => OfTask((Task)value!);
        }

        if (returned == typeof(ValueTask))
        {
            return static value => OfTask(((ValueTask)value!).AsTask());
        }

        if (Unwrap(returned) is var inner && inner != returned)
        {
            var name = returned.GetGenericTypeDefinition() == typeof(Task<>) ? nameof(OfResult) : nameof(OfValueResult);
            return typeof(ReturnValue).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(inner).CreateDelegate<Func<object?, Task<object?>>>();
        }

        return Task.FromResult;
    }

#pragma warning disable VSTHRD003 // the function's own task, begun by the caller for this very await
    private static async Task<object?> OfTask(Task task)
    {
        await task;
        return null;
    }
#pragma warning restore VSTHRD003

    private static async Task<object?> OfResult<T>(object? task) => await (Task<T>)task!;

    private static async Task<object?> OfValueResult<T>(object? task) => await (ValueTask<T>)task!;
}
