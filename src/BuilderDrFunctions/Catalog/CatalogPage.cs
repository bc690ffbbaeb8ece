namespace BuilderDrFunctions.Catalog;

/// <summary>A page of a site's sets.</summary>
/// <param name="Sets">Those that can be read, newest first.</param>
/// <param name="Damaged">Those that cannot, newest first.</param>
/// <param name="Before">Where the next page begins: everything older than this label; null on the last.</param>
public sealed record CatalogPage<T>(IReadOnlyList<T> Sets, IReadOnlyList<DamagedSet> Damaged, string? Before);

/// <summary>A committed set whose manifest cannot be read.</summary>
/// <param name="Label">Its id.</param>
/// <param name="Code">DR2030, DR2031 or DR2034.</param>
/// <param name="What">What is wrong with it.</param>
/// <param name="Hint">What to do next.</param>
public sealed record DamagedSet(string Label, string Code, string What, string Hint);

/// <summary>Where a site's recovery point stands.</summary>
/// <param name="Set">The newest committed set that can be read; null: there is none.</param>
/// <param name="Damaged">Newer ones that cannot be read, newest first.</param>
public sealed record NewestSets(BackupManifest? Set, IReadOnlyList<DamagedSet> Damaged);

/// <summary>The labels of a site's newest committed sets.</summary>
/// <param name="Label">The newest that is not dated in the future; null: there is none.</param>
/// <param name="Ahead">The newest, if it is dated in the future.</param>
public sealed record NewestLabels(BackupLabel? Label, BackupLabel? Ahead);

/// <summary>What lies where a site's sets are.</summary>
/// <param name="Committed">Sets, whether their manifests can be read or not.</param>
/// <param name="Begun">Folders without a manifest, which are no sets.</param>
public sealed record SetFolders(IReadOnlySet<BackupLabel> Committed, IReadOnlySet<BackupLabel> Begun);
