using BuilderDrFunctions.Catalog;
using BuilderDrFunctions.Habitat;
using BuilderDrFunctions.Sites;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Is Builder up, and does nobody owe it a start.</summary>
public sealed class ApiChecks(ISiteDirectory sites, MustRestartRecords records, SpareCheck spare, IOptions<MonitoringOptions> options, TimeProvider time)
{
    /// <summary>Whether the API serves. One that a run has stopped, and will start, is as it should be.</summary>
    public async Task<HealthCheck> CheckApiAsync(string name, DurableTaskClient client, CancellationToken cancellationToken)
    {
        await using var site = sites.Open(name);
        var api = await site.GetApiAsync(cancellationToken);
        if (!api.CanControl)
        {
            return new HealthCheck("api", name, HealthStatus.Ok, "not looked at: the site has no service control");
        }

        var state = await api.GetStateAsync(cancellationToken);
        var what = state switch
        {
            ServiceState.Down => "is down",
            ServiceState.Unknown => "is not loaded",
            _ => await api.ProbeAsync(cancellationToken) ? null : "is up, but does not answer at its status address",
        };
        if (what is null)
        {
            return new HealthCheck("api", name, HealthStatus.Ok, "the API is up");
        }

        if (name == spare.Site && state != ServiceState.Up)
        {
            return new HealthCheck("api", name, HealthStatus.Ok, $"the API {what}, as a spare's may be");
        }

        return await records.FindAsync(name, cancellationToken) is { } record && await IsInHandAsync(record, client, cancellationToken)
            ? new HealthCheck("api", name, HealthStatus.Ok, $"{record.OperationId} has stopped the API and will start it again", At: record.StoppedAt)
            : HealthChecks.Of("api", name, HealthStatus.Critical, HealthFaults.ApiDown(name, what));
    }

    /// <summary>Whether a stopped API waits for a start that no run will make.</summary>
    public async Task<HealthCheck> CheckMustRestartAsync(string name, DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (await records.FindAsync(name, cancellationToken) is not { } record)
        {
            return new HealthCheck("mustRestart", name, HealthStatus.Ok, "no stopped API waits for its start");
        }

        var check = await IsInHandAsync(record, client, cancellationToken)
            ? new HealthCheck("mustRestart", name, HealthStatus.Ok, $"{record.OperationId} is under way and will start the API again")
            : HealthChecks.Of("mustRestart", name, HealthStatus.Critical, HealthFaults.RestartOwed(name, record.OperationId, record.StoppedAt));
        return check with
        {
            At = record.StoppedAt,
            AgeSeconds = Ages.Seconds(record.StoppedAt, time.GetUtcNow()),
            LimitSeconds = options.Value.MaxApiDowntime.TotalSeconds,
        };
    }

    /// <summary>Whether the run that stopped an API is alive and within its time.</summary>
    public async Task<bool> IsInHandAsync(MustRestart record, DurableTaskClient client, CancellationToken cancellationToken) =>
        !record.IsOverdue(time.GetUtcNow(), options.Value.MaxApiDowntime)
        && await client.GetInstanceAsync(record.OperationId, cancellationToken) is { IsCompleted: false };
}
