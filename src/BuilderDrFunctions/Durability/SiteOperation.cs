using System.Text.Json;

namespace BuilderDrFunctions.Durability;

/// <summary>One run of one kind on one site: the input of the site's lock.</summary>
/// <param name="OperationId">Instance id of the run.</param>
/// <param name="Site">The site it holds.</param>
/// <param name="Orchestrator">Name of the orchestrator that does it.</param>
/// <param name="Input">That orchestrator's input.</param>
public sealed record SiteOperation(string OperationId, string Site, string Orchestrator, JsonElement Input);
