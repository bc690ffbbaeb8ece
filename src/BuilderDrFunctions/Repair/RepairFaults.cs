using BuilderDrFunctions.Api;
using BuilderDrFunctions.Faults;
using Microsoft.AspNetCore.Http;

namespace BuilderDrFunctions.Repair;

/// <summary>What can go wrong with repairs, DR2220 to DR2239; docs/errors/repair.md lists them.</summary>
public static class RepairFaults
{
    /// <summary>The site's databases have no packages.</summary>
    public static PermanentFaultException NoPackages(string site, string server) =>
        new("DR2220", $"no database of site '{site}' on {server} has a table of packages, so nothing says what its bucket must hold", "where the table is gone restore the database first, then repair the artifacts; an installation from before August 2018 keeps its packages in shards: merge it first");

    /// <summary>A plan's list is gone, or is another one.</summary>
    public static PermanentFaultException PlanLost(string folder) =>
        new("DR2221", $"the plan's lists in '{folder}' are no longer in the vault as they were written", "make a new plan with POST /api/repairs");

    /// <summary>What is to be carried out is no plan.</summary>
    public static RequestFaultException NoPlan(string plan, string why) =>
        new(StatusCodes.Status400BadRequest, "DR2222", $"'{plan}' cannot be carried out: {why}", "make a plan with POST /api/repairs, look at it, and give its operation's id", "plan");
}
