namespace DurableTask.Core.Exceptions;

/// <summary>An instance with this id exists in a status in which it must not be replaced.</summary>
public class OrchestrationAlreadyExistsException(string message) : Exception(message);
