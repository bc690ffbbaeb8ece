using BuilderDrFunctions.Sandbox.Data;

namespace BuilderDrFunctions.Sandbox.Legacy;

/// <summary>The rows of builder_jobsrv; on-premises it builds little, so they are few.</summary>
internal sealed class JobsrvRows(PackageCatalog catalog)
{
    public IEnumerable<GeneratedTable> Tables(int? shard) =>
    [
        new("jobs",
            "id bigint, owner_id bigint, job_state text, project_id bigint, project_name text, vcs text, "
            + "vcs_arguments text[], created_at timestamptz, package_ident text, archived boolean",
            Some(50).Select(p => new object?[]
            {
                PackageCatalog.Id(22, p.Index), p.Origin.OwnerId, p.Index % 500 == 0 ? "Failed" : "Complete",
                PackageCatalog.Id(13, p.Index), $"{p.Origin.Name}/{p.Name}", "git", new[] { $"https://git.example/{p.Origin.Name}.git" },
                p.CreatedAt, p.Ident, true,
            })),
        new("groups", "id bigint, group_state text, project_name text, created_at timestamptz",
            Some(100).Select(p => new object?[] { PackageCatalog.Id(21, p.Index), "Complete", $"{p.Origin.Name}/{p.Name}", p.CreatedAt })),
        new("group_projects", "id bigint, owner_id bigint, project_name text, project_ident text, project_state text, job_id bigint",
            Some(50).Select(p => new object?[]
            {
                (long)p.Index + 1, PackageCatalog.Id(21, p.Index / 100 * 100), $"{p.Origin.Name}/{p.Name}", p.Ident, "Success",
                PackageCatalog.Id(22, p.Index),
            })),
        new("graph_packages", "id bigint, ident text, deps text[], target text, ident_array text[]",
            Some(10).Select(p => new object?[] { (long)p.Index + 1, p.Ident, p.Deps, p.Target, p.Ident.Split('/') })),
        new("busy_workers", "ident text, job_id bigint, quarantined boolean",
            Some(1000).Select(p => new object?[] { $"worker-{p.Index}", PackageCatalog.Id(22, p.Index), false })),
        new("audit",
            "group_id bigint, operation smallint, trigger smallint, requester_id bigint, requester_name text, created_at timestamptz",
            Some(100).Select(p => new object?[]
            {
                PackageCatalog.Id(21, p.Index), (short)0, (short)2, p.Origin.OwnerId, p.Origin.Name, p.CreatedAt,
            })),
    ];

    private IEnumerable<PackageRow> Some(int each) =>
        Enumerable.Range(0, (catalog.Packages + each - 1) / each).Select(n => catalog.Row(n * each));
}
