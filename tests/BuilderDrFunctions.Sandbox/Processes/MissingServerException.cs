namespace BuilderDrFunctions.Sandbox.Processes;

/// <summary>A program that the sandbox needs is not installed: tests skip at a desk and fail on CI.</summary>
public sealed class MissingServerException(string program)
    : Exception($"'{program}' is not installed. HINT: run tests/setup.sh as root, which installs what the sandbox needs.");
