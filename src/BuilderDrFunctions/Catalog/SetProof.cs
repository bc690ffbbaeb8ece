using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>What is known of a set besides that it was written whole.</summary>
/// <param name="Verified">The newest verification; null: none yet.</param>
/// <param name="Drilled">The newest drill with this set; null: none yet.</param>
public sealed record SetProof(ProofSummary? Verified, ProofSummary? Drilled);

/// <summary>One verdict, in short.</summary>
/// <param name="OperationId">The run, whose whole verdict <c>GET /api/backups/{id}/verdicts</c> and <c>GET /api/drills</c> give.</param>
/// <param name="At">UTC; when it ended.</param>
/// <param name="Passed">Whether nothing was found.</param>
/// <param name="Findings">How much was found.</param>
public sealed record ProofSummary(string OperationId, DateTimeOffset At, bool Passed, long Findings);

/// <summary>Looks up the newest verdicts on a set.</summary>
public sealed class SetProofs(IVault vault)
{
    /// <summary>The newest of each kind: one listing, and one file of each, or as many as were begun in the newest one's second.</summary>
    public async Task<SetProof> FindAsync(string site, BackupLabel label, CancellationToken cancellationToken)
    {
        var verified = new NewestIds();
        var drilled = new NewestIds();
        await foreach (var entry in vault.ListAsync(SetPaths.Verdicts(site, label), cancellationToken))
        {
            var id = OperationId.TryParse(Path.GetFileNameWithoutExtension(entry.Path));
            switch (id?.Kind)
            {
                case VerifyVerdicts.Kind:
                    verified.Add(id);
                    break;
                case DrillVerdicts.Kind:
                    drilled.Add(id);
                    break;
            }
        }

        return new SetProof(
            await NewestAsync(verified, id => VerifyAsync(SetPaths.Verdict(site, label, id.ToString()), cancellationToken)),
            await NewestAsync(drilled, id => DrillAsync(SetPaths.Verdict(site, label, id.ToString()), cancellationToken)));
    }

    private static async Task<ProofSummary?> NewestAsync(NewestIds ids, Func<OperationId, Task<ProofSummary?>> read)
    {
        ProofSummary? newest = null;
        foreach (var id in ids.All)
        {
            if (await read(id) is { } proof && (newest is null || proof.At > newest.At))
            {
                newest = proof;
            }
        }

        return newest;
    }

    private async Task<ProofSummary?> VerifyAsync(string path, CancellationToken cancellationToken) =>
        await vault.ReadJsonAsync(path, CatalogJson.Of<VerifyVerdict>(), VerifyVerdicts.VerdictLimit, cancellationToken) is { } verdict
            ? new ProofSummary(verdict.OperationId, verdict.EndedAt, verdict.Passed, verdict.Findings)
            : null;

    private async Task<ProofSummary?> DrillAsync(string path, CancellationToken cancellationToken) =>
        await vault.ReadJsonAsync(path, CatalogJson.Of<DrillVerdict>(), DrillVerdicts.VerdictLimit, cancellationToken) is { } verdict
            ? new ProofSummary(verdict.OperationId, verdict.EndedAt, verdict.Passed, verdict.Findings.Count)
            : null;

    /// <summary>The ids of the newest second: an id tells no more of when it was begun.</summary>
    private sealed class NewestIds
    {
        private readonly List<OperationId> _ids = [];

        public IReadOnlyList<OperationId> All => _ids;

        public void Add(OperationId id)
        {
            if (_ids is [var newest, ..] && id.At != newest.At)
            {
                if (id.At < newest.At)
                {
                    return;
                }

                _ids.Clear();
            }

            _ids.Add(id);
        }
    }
}
