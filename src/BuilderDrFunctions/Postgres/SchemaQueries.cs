namespace BuilderDrFunctions.Postgres;

/// <summary>For each kind of object, the SELECT of its name and its definition: worded without owners, OIDs or column positions.</summary>
internal static class SchemaQueries
{
    /// <summary>The kind whose definitions are content, worded alike by every server.</summary>
    public const string LargeObjectKind = "large objects";

    /// <summary>Kinds and their statements for a server of that version; content is digested as the fingerprint's algorithm says.</summary>
    public static IReadOnlyList<(string Kind, string Sql)> For(int serverVersion, string algorithm) =>
    [
        ("columns", Columns(serverVersion)),
        ("constraints", Constraints),
        ("extensions", "SELECT e.extname::text, '' FROM pg_catalog.pg_extension e"),
        ("functions", Functions(serverVersion)),
        ("indexes", Indexes),
        (LargeObjectKind, LargeObjects(algorithm)),
        ("policies", Policies),
        ("rules", Rules),
        ("schemas", $"SELECT n.nspname::text, '' FROM pg_catalog.pg_namespace n WHERE {TableCatalog.OwnSchemas} AND {TableCatalog.NotOfExtension("pg_namespace", "n.oid")}"),
        ("sequences", Sequences(serverVersion)),
        ("tables", Tables(serverVersion)),
        ("triggers", Triggers),
        ("types", Types),
        ("views", Views),
    ];

    private const string OfRelation = "pg_catalog.format('%I.%I', n.nspname, c.relname)";

    private const string Join = "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";

    private static readonly string Own = $"{TableCatalog.OwnSchemas} AND c.relpersistence <> 't' AND {TableCatalog.NotOfExtension("pg_class", "c.oid")}";

    private static string Tables(int version) => $"""
        SELECT {OfRelation}, pg_catalog.concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text
            {(version >= 100000 ? ", pg_catalog.pg_get_partkeydef(c.oid), pg_catalog.pg_get_expr(c.relpartbound, c.oid)" : "")},
            (SELECT pg_catalog.string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid))
        FROM pg_catalog.pg_class c {Join} WHERE c.relkind IN ('r', 'p', 'f') AND {Own}
        """;

    private static string Columns(int version) => $"""
        SELECT pg_catalog.format('%I.%I.%I', n.nspname, c.relname, a.attname),
            pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_catalog.pg_get_expr(f.adbin, f.adrelid)
            {(version >= 100000 ? ", a.attidentity" : "")}{(version >= 120000 ? ", a.attgenerated" : "")})
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid {Join}
        LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND {Own}
        """;

    // From PostgreSQL 18 on NOT NULL is a constraint with a name of its own (n); the columns tell it for every version.
    private static readonly string Constraints = $"""
        SELECT pg_catalog.format('%I.%I.%I', n.nspname, coalesce(c.relname, t.typname), k.conname), pg_catalog.pg_get_constraintdef(k.oid)
        FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
        LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
        WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND {TableCatalog.OwnSchemas}
          AND (c.oid IS NULL OR {TableCatalog.NotOfExtension("pg_class", "c.oid")}) AND (t.oid IS NULL OR {TableCatalog.NotOfExtension("pg_type", "t.oid")})
        """;

    private static readonly string Indexes = $"""
        SELECT {OfRelation}, pg_catalog.pg_get_indexdef(c.oid) || CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END
        FROM pg_catalog.pg_class c {Join} JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid JOIN pg_catalog.pg_class h ON h.oid = x.indrelid
        WHERE h.relkind IN ('r', 'p', 'm') AND {Own}
        """;

    private static string Functions(int version) => $"""
        SELECT pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
            pg_catalog.concat_ws(' ', pg_catalog.pg_get_function_result(p.oid), l.lanname, p.provolatile, p.proisstrict, p.prosecdef, p.proretset, p.proconfig::text, p.prosrc
            {(version >= 140000 ? ", pg_catalog.pg_get_function_sqlbody(p.oid)" : "")})
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang
        WHERE {TableCatalog.OwnSchemas} AND {TableCatalog.NotDependent("pg_proc", "p.oid", "'e', 'i'")}
        """;

    private static readonly string Views = $"""
        SELECT {OfRelation}, pg_catalog.concat_ws(' ', c.relkind, pg_catalog.pg_get_viewdef(c.oid)) FROM pg_catalog.pg_class c {Join} WHERE c.relkind IN ('v', 'm') AND {Own}
        """;

    private static readonly string Rules = $"""
        SELECT {OfRelation} || '.' || r.rulename, pg_catalog.pg_get_ruledef(r.oid)
        FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class {Join} WHERE r.rulename <> '_RETURN' AND {Own}
        """;

    private static readonly string Triggers = $"""
        SELECT {OfRelation} || '.' || g.tgname, pg_catalog.concat_ws(' ', pg_catalog.pg_get_triggerdef(g.oid), g.tgenabled)
        FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid {Join} WHERE NOT g.tgisinternal AND {Own}
        """;

    // roles are left out: a restore may map them
    private static readonly string Policies = $"""
        SELECT {OfRelation} || '.' || y.polname, pg_catalog.concat_ws(' ', y.polcmd, pg_catalog.pg_get_expr(y.polqual, y.polrelid), pg_catalog.pg_get_expr(y.polwithcheck, y.polrelid))
        FROM pg_catalog.pg_policy y JOIN pg_catalog.pg_class c ON c.oid = y.polrelid {Join} WHERE {Own}
        """;

    private static readonly string Types = $"""
        SELECT pg_catalog.format('%I.%I', n.nspname, t.typname), pg_catalog.concat_ws(' ', t.typtype, t.typnotnull, t.typdefault,
            CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
            (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
            (SELECT pg_catalog.string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ',' ORDER BY a.attnum)
             FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
        WHERE (t.typtype IN ('d', 'e', 'r') OR t.typtype = 'c' AND c.relkind = 'c') AND {TableCatalog.OwnSchemas} AND {TableCatalog.NotOfExtension("pg_type", "t.oid")}
        """;

    private static string Sequences(int version) => $"""
        SELECT {OfRelation}, {(version >= 100000 ? "pg_catalog.concat_ws(' ', q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle, q.seqtypid::regtype)" : "''")}
        FROM pg_catalog.pg_class c {Join} {(version >= 100000 ? "JOIN pg_catalog.pg_sequence q ON q.seqrelid = c.oid" : "")} WHERE c.relkind = 'S' AND {Own}
        """;

    private static string LargeObjects(string algorithm) =>
        $"SELECT m.oid::text, {(algorithm == FingerprintAlgorithm.Md5 ? "pg_catalog.md5(pg_catalog.lo_get(m.oid))" : "pg_catalog.encode(pg_catalog.sha256(pg_catalog.lo_get(m.oid)), 'hex')")} FROM pg_catalog.pg_largeobject_metadata m";
}
