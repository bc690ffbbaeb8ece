using BuilderDrFunctions.Durability;
using BuilderDrFunctions.Vault;

namespace BuilderDrFunctions.Catalog;

/// <summary>Keeps notes in the vault, next to the sets they are about, of operations that read a set without holding its site: restores to another one.</summary>
/// <remarks>
/// As with a hold, the note is written before the mark is looked for, and the mark before the note. Here it is the reader who waits: a mark is taken
/// back, or its set is gone, in moments; one that stays is of a removal cut short, which looks for notes again before it goes on.
/// </remarks>
public sealed class SetUses(IVault vault, SetHolds holds, TimeProvider time)
{
    private const int MostLooks = 15;
    private const string Ending = ".json";
    /// <summary>How long an operation that only another installation over the same vault knows counts as running: no restore takes as long.</summary>
    internal static readonly TimeSpan ForeignLife = TimeSpan.FromDays(7);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    /// <summary>Says that an operation reads a set; done already is success. The set may have gone this very moment: look again.</summary>
    public async Task BeginAsync(string site, BackupLabel label, string operationId, CancellationToken cancellationToken)
    {
        await vault.TryCreateAsync(PathOf(site, label, operationId), "{}"u8.ToArray(), cancellationToken);
        for (var look = 1; look <= MostLooks && await holds.IsMarkedAsync(site, label, cancellationToken); look++)
        {
            await Task.Delay(BetweenLooks, time, cancellationToken);
        }
    }

    /// <summary>Takes a note away.</summary>
    public Task EndAsync(string site, BackupLabel label, string operationId, CancellationToken cancellationToken) =>
        vault.DeleteAsync(PathOf(site, label, operationId), cancellationToken);

    /// <summary>The first operation that reads a set and has not ended, or null: a note outlives an operation that was terminated.</summary>
    /// <param name="site">Whose set.</param>
    /// <param name="label">The set.</param>
    /// <param name="isRunning">Whether an operation is under way; null: it is none of this installation's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<string?> FindReaderAsync(
        string site, BackupLabel label, Func<string, CancellationToken, Task<bool?>> isRunning, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(isRunning);
        var folder = FolderOf(site, label);
        await foreach (var note in vault.ListAsync(folder, cancellationToken))
        {
            var operation = note.Path[folder.Length..^Ending.Length];
            if (await isRunning(operation, cancellationToken) ?? IsYoung(operation))
            {
                return operation;
            }
        }

        return null;
    }

    private bool IsYoung(string operation) => OperationId.TryParse(operation) is { } id && id.At > time.GetUtcNow() - ForeignLife;

    private static string FolderOf(string site, BackupLabel label) => SetPaths.Set(site, label) + "in-use/";

    private static string PathOf(string site, BackupLabel label, string operationId) => FolderOf(site, label) + operationId + Ending;
}
