using BuilderDrFunctions.Postgres;
using Xunit;

namespace BuilderDrFunctions.Tests.Postgres;

/// <summary>The words of pg_restore 17 against a server up to 16.</summary>
public sealed class RestoreErrorsTests
{
    private const string Begin = "pg_restore: while INITIALIZING:\n";
    private const string Refused = """
        pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"
        Command was: SET transaction_timeout = 0;

        """;

    private const string Other = """
        pg_restore: while PROCESSING TOC:
        pg_restore: from TOC entry 215; 1259 16404 TABLE origins hab
        pg_restore: error: could not execute query: ERROR:  relation "origins" already exists
        Command was: CREATE TABLE public.origins (id bigint);

        """;

    [Theory]
    [InlineData(Begin + Refused + "pg_restore: warning: errors ignored on restore: 1\n", true)]
    [InlineData(Begin + Refused + Refused + Refused + "pg_restore: warning: errors ignored on restore: 1\n", true)]
    [InlineData(Begin + Refused + Other + "pg_restore: warning: errors ignored on restore: 2\n", false)]
    [InlineData(Begin + Refused + "pg_restore: warning: errors ignored on restore: 2\n", false)]
    [InlineData(Begin + Refused + "pg_restore: error: could not read from input file: end of file\n", false)]
    [InlineData(Begin + Refused, false)]
    [InlineData("pg_restore: warning: errors ignored on restore: 0\n", false)]
    [InlineData("", false)]
    public void Only_the_setting_that_the_server_lacks_is_no_failure(string error, bool expected) => Assert.Equal(expected, RestoreErrors.AreHarmless(error));
}
