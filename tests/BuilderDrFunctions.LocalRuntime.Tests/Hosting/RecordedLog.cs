using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace BuilderDrFunctions.LocalRuntime.Tests.Hosting;

/// <summary>Keeps every log line.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, LogLevel Level, string Text)> lines = new();

    public IReadOnlyCollection<(string Category, LogLevel Level, string Text)> Lines => lines;

    /// <summary>Waits for a line that holds the text.</summary>
    public Task UntilAsync(string text) => Patience.UntilAsync(
        () => Task.FromResult(lines.Any(line => line.Text.Contains(text, StringComparison.Ordinal)) ? this : null), $"the log line '{text}'");

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<(string Category, LogLevel Level, string Text)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue((category, logLevel, $"{formatter(state, exception)} {exception}"));
    }
}
