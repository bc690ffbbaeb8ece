using BuilderDrFunctions.Api;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BuilderDrFunctions.Tests.Api;

/// <summary>Whatever an endpoint throws is answered with a numbered problem: the host on Azure makes 200 of it without a body, the embedded one an empty 500.</summary>
public sealed class ApiResponseTests
{
    [Fact]
    public async Task What_nobody_foresaw_is_a_problem_that_tells_its_kind_alone_and_the_log_has_the_rest()
    {
        var log = new Log();
        var failure = new InvalidOperationException("Password=hunter2");

        var (status, code, detail, hint) = Asked.ProblemOf(await ApiResponse.OfAsync(Asked.With(), log, () => throw failure));

        Assert.Equal((500, "DR1013", "the request failed with an error that nobody foresaw (InvalidOperationException)"), (status, code, detail));
        Assert.Contains("look at the log", hint, StringComparison.Ordinal);
        Assert.Equal([(LogLevel.Error, failure)], log.Written);
    }

    [Fact]
    public async Task A_durable_store_that_does_not_answer_is_503()
    {
        var silent = new RpcException("Status(StatusCode=\"Unavailable\", Detail=\"Error connecting to subchannel.\")\n   at the host");

        var (status, code, detail, hint) = Asked.ProblemOf(await FailAsync(Asked.With(), silent));

        Assert.Equal((503, "DR1012"), (status, code));
        Assert.EndsWith("Detail=\"Error connecting to subchannel.\")", detail, StringComparison.Ordinal);
        Assert.Contains("ask again in a minute", hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_or_a_time_limit_is_503_and_a_caller_who_has_gone_is_nobody_to_answer()
    {
        var request = Asked.With();
        var (status, code, _, hint) = Asked.ProblemOf(await FailAsync(request, new OperationCanceledException()));
        Assert.Equal((503, "DR1014"), (status, code));
        Assert.Contains("may have been started", hint, StringComparison.Ordinal);

        request.HttpContext.RequestAborted = new CancellationToken(canceled: true);
        await Assert.ThrowsAsync<OperationCanceledException>(() => FailAsync(request, new OperationCanceledException()));
        await Assert.ThrowsAsync<RpcException>(() => FailAsync(request, new RpcException("Status(StatusCode=\"Cancelled\")")));
    }

    private static Task<IResult> FailAsync(HttpRequest request, Exception failure) => ApiResponse.OfAsync(request, NullLogger.Instance, () => throw failure);

    private sealed class Log : ILogger
    {
        public List<(LogLevel Level, Exception? Exception)> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add((logLevel, exception));
    }
}
