using BuilderDrFunctions.Faults;
using BuilderDrFunctions.Vault;
using Microsoft.Extensions.Options;

namespace BuilderDrFunctions.Monitoring;

/// <summary>Can the vault be written; a test write that succeeded is believed for a while.</summary>
public sealed class VaultCheck(IVault vault, IOptions<MonitoringOptions> options, TimeProvider time)
{
    /// <summary>What this check is called.</summary>
    internal const string Name = "vault";

    private DateTimeOffset _writtenAt = DateTimeOffset.MinValue;

    /// <summary>Writes, reads back and removes a small blob, unless that succeeded a moment ago.</summary>
    public async Task<HealthCheck> CheckAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now - _writtenAt > options.Value.VaultProbeInterval)
        {
            try
            {
                await vault.CheckWritableAsync(cancellationToken);
            }
            catch (FaultException fault)
            {
                return HealthChecks.Of(Name, null, HealthStatus.Critical, fault);
            }

            _writtenAt = now;
        }

        return new HealthCheck(Name, null, HealthStatus.Ok, $"{vault.Description} can be written", At: _writtenAt);
    }
}
