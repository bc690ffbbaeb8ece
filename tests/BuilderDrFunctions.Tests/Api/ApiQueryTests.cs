using System.Reflection;
using System.Runtime.CompilerServices;
using BuilderDrFunctions.Api;
using BuilderDrFunctions.OpenApi;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace BuilderDrFunctions.Tests.Api;

public sealed class ApiQueryTests
{
    public static TheoryData<string> Endpoints => [.. Operations().Select(operation => operation.Function).Distinct(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Every_endpoint_refuses_a_parameter_that_it_does_not_read_before_it_does_anything(string function)
    {
        var code = Operations().First(operation => operation.Function == function).Code;
        var refused = Asked.ProblemOf(await AskAsync(code, "?sight=main"));

        Assert.Equal((400, "DR1015", "query parameter 'sight' is not known here"), (refused.Status, refused.Code, refused.Detail));
        Assert.All(code.GetCustomAttributes<QueryAttribute>(), query => Assert.Contains(query.Name, refused.Hint, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public void Every_endpoint_takes_what_its_description_names_and_the_function_key(string function)
    {
        var names = Operations().First(operation => operation.Function == function).Query.Select(query => query.Name);
        ApiQuery.RequireKnown(Asking($"?code=key&{string.Join("", names.Select(name => $"{name}=1&"))}"), function);
    }

    [Fact]
    public void An_endpoint_that_reads_none_points_to_the_body_and_names_the_parameter()
    {
        var fault = Assert.Throws<RequestFaultException>(() => ApiQuery.RequireKnown(Asking("?site=nope"), "StartBackup"));
        Assert.Equal("site", fault.Field);
        Assert.Contains("goes into the body", fault.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("?report=", false)]
    [InlineData("?report=false", false)]
    [InlineData("?report=true", true)]
    public void A_parameter_of_two_values_is_one_of_them_or_left_out(string query, bool asks) =>
        Assert.Equal(asks, ApiRequest.Asks(Asking(query), "report", "true", "false"));

    [Theory]
    [InlineData("?report=yes")]
    [InlineData("?report=true&report=true")]
    public void A_parameter_of_two_values_is_no_third(string query)
    {
        var fault = Assert.Throws<RequestFaultException>(() => ApiRequest.Asks(Asking(query), "report", "true", "false"));
        Assert.Equal((400, "DR1004", "report"), (fault.Status, fault.Code, fault.Field));
    }

    private static IEnumerable<ApiOperation> Operations() => ApiOperation.In(typeof(BuilderDrServices).Assembly).Where(operation => !operation.IsAnonymous);

    private static HttpRequest Asking(string query)
    {
        var request = Asked.With();
        request.QueryString = new QueryString(query);
        return request;
    }

    /// <summary>Asks an endpoint of a class whose services are not there: whoever used one would fail.</summary>
    private static Task<IResult> AskAsync(MethodInfo code, string query)
    {
        var arguments = code.GetParameters().Select(parameter =>
            parameter.ParameterType == typeof(HttpRequest) ? Asking(query) : parameter.ParameterType == typeof(CancellationToken) ? CancellationToken.None : (object?)null);
        return (Task<IResult>)code.Invoke(RuntimeHelpers.GetUninitializedObject(code.DeclaringType!), [.. arguments])!;
    }
}
