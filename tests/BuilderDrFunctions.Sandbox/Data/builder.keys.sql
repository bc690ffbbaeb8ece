-- Builder's keys, indexes, views and remaining functions: the second half of builder.tables.sql.

ALTER TABLE __diesel_schema_migrations ADD PRIMARY KEY (version);
ALTER TABLE accounts ADD PRIMARY KEY (id), ADD UNIQUE (name);
ALTER TABLE account_tokens ADD PRIMARY KEY (id), ADD UNIQUE (account_id), ADD UNIQUE (token);
ALTER TABLE license_keys ADD PRIMARY KEY (id), ADD UNIQUE (account_id);
ALTER TABLE origins ADD PRIMARY KEY (name), ADD UNIQUE (name);
ALTER TABLE origin_members ADD UNIQUE (origin, account_id);
ALTER TABLE origin_invitations ADD PRIMARY KEY (id), ADD UNIQUE (origin, account_id);
ALTER TABLE origin_public_keys ADD PRIMARY KEY (id), ADD UNIQUE (full_name);
ALTER TABLE origin_secret_keys ADD PRIMARY KEY (id), ADD UNIQUE (full_name);
ALTER TABLE origin_public_encryption_keys ADD PRIMARY KEY (id), ADD UNIQUE (full_name);
ALTER TABLE origin_private_encryption_keys ADD PRIMARY KEY (id), ADD UNIQUE (full_name);
ALTER TABLE origin_secrets ADD PRIMARY KEY (id);
ALTER TABLE origin_integrations ADD PRIMARY KEY (id), ADD UNIQUE (origin, integration, name);
ALTER TABLE origin_projects ADD PRIMARY KEY (id),
    ADD CONSTRAINT origin_projects_origin_package_name_name_target_key UNIQUE (origin, package_name, name, target);
ALTER TABLE origin_project_integrations ADD PRIMARY KEY (id), ADD UNIQUE (project_id, integration_id);
ALTER TABLE origin_package_settings ADD PRIMARY KEY (id), ADD UNIQUE (origin, name);
ALTER TABLE origin_packages ADD PRIMARY KEY (id), ADD UNIQUE (ident, target);
ALTER TABLE origin_channels ADD PRIMARY KEY (id), ADD UNIQUE (origin, name);
ALTER TABLE origin_channel_packages ADD PRIMARY KEY (channel_id, package_id);
ALTER TABLE audit_origin ADD PRIMARY KEY (id);
ALTER TABLE job_graph ADD PRIMARY KEY (id);

CREATE INDEX ident_index ON origin_packages USING gin (ident_vector);
-- both are on tdeps: so it is in Builder
CREATE INDEX idx_tdeps ON origin_packages USING gin (tdeps);
CREATE INDEX idx_build_tdeps ON origin_packages USING gin (tdeps);
CREATE INDEX origin_packages_ident_array_index ON origin_packages USING gin (ident_array);
CREATE INDEX origin_packages_origin_name_target_index ON origin_packages (origin, name, target);
CREATE INDEX origin_channel_packages_packages_index ON origin_channel_packages (package_id);
CREATE INDEX job_graph_dependencies_idx ON job_graph USING gin (dependencies);
CREATE INDEX state ON job_graph (job_state);

ALTER TABLE origin_members ADD FOREIGN KEY (origin) REFERENCES origins (name);
ALTER TABLE origin_invitations ADD FOREIGN KEY (origin) REFERENCES origins (name);
ALTER TABLE origin_public_keys ADD FOREIGN KEY (origin) REFERENCES origins (name);
ALTER TABLE origin_secret_keys ADD FOREIGN KEY (origin) REFERENCES origins (name);
ALTER TABLE origin_public_encryption_keys ADD FOREIGN KEY (origin) REFERENCES origins (name);
ALTER TABLE origin_private_encryption_keys ADD FOREIGN KEY (origin) REFERENCES origins (name);
ALTER TABLE origin_secrets ADD FOREIGN KEY (origin) REFERENCES origins (name);
ALTER TABLE origin_projects ADD FOREIGN KEY (origin) REFERENCES origins (name);
ALTER TABLE origin_project_integrations ADD FOREIGN KEY (project_id) REFERENCES origin_projects (id) ON DELETE CASCADE,
    ADD FOREIGN KEY (integration_id) REFERENCES origin_integrations (id) ON DELETE CASCADE;
ALTER TABLE origin_packages ADD FOREIGN KEY (origin) REFERENCES origins (name);
ALTER TABLE origin_channels ADD FOREIGN KEY (origin) REFERENCES origins (name);
ALTER TABLE origin_channel_packages ADD FOREIGN KEY (channel_id) REFERENCES origin_channels (id) ON DELETE CASCADE,
    ADD FOREIGN KEY (package_id) REFERENCES origin_packages (id);

CREATE VIEW origins_with_secret_key AS
    SELECT origins.name, origins.owner_id, origin_secret_keys.full_name AS private_key_name,
        origins.default_package_visibility, accounts.name AS owner_account
    FROM origins
    LEFT JOIN origin_secret_keys ON origins.name = origin_secret_keys.origin AND origins.hidden = false
    LEFT JOIN accounts ON origins.owner_id = accounts.id
    ORDER BY origins.name, origin_secret_keys.full_name DESC;

CREATE VIEW origins_with_stats AS
    SELECT o.*, count(DISTINCT ops.name) AS package_count
    FROM origins o
    LEFT JOIN origin_package_settings ops ON o.name = ops.origin
    WHERE o.hidden = false
    GROUP BY o.name
    ORDER BY o.name;

CREATE VIEW origin_package_versions AS
    SELECT origin, name, visibility, ident_array[3] AS version, count(ident_array[4]) AS release_count,
        max(ident_array[4]) AS latest, array_agg(DISTINCT target) AS platforms,
        regexp_matches(ident_array[3], '([\d\.]*\d+)(.+)?') AS version_array
    FROM origin_packages
    WHERE hidden = false
    GROUP BY ident_array[3], origin, name, visibility;

CREATE VIEW origin_packages_with_version_array AS
    SELECT id, owner_id, name, ident, ident_array, checksum, manifest, config, target, deps, tdeps, exposes, created_at,
        updated_at, visibility, origin, build_deps, build_tdeps,
        regexp_matches(ident_array[3], '([\d\.]*\d+)(.+)?') AS version_array, package_type
    FROM origin_packages
    WHERE hidden = false;

CREATE VIEW packages_with_channel_platform AS
    SELECT op.id, op.owner_id, op.name, op.ident, op.ident_array, op.checksum, op.manifest, op.config, op.target, op.deps,
        op.tdeps, op.build_deps, op.build_tdeps, op.exposes, op.visibility, op.created_at, op.updated_at, op.origin,
        array_agg(oc.name) OVER w AS channels, array_agg(op.target) OVER w AS platforms
    FROM origin_packages op
    JOIN origin_channel_packages ocp ON op.id = ocp.package_id
    JOIN origin_channels oc ON oc.id = ocp.channel_id
    WHERE op.hidden = false
    WINDOW w AS (PARTITION BY op.origin, op.name, op.ident);

CREATE VIEW job_graph_completed AS
    SELECT *, (SELECT array_cat(ARRAY[]::bigint[], array_agg(d.id)) FROM job_graph AS d
               WHERE d.id = ANY (j.dependencies) AND d.job_state = 'complete') AS complete
    FROM job_graph AS j;

CREATE FUNCTION get_all_origin_packages_for_ident_v1(op_ident text) RETURNS SETOF origin_packages LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT * FROM origin_packages WHERE ident LIKE op_ident || '%' ORDER BY ident;
END;
$$;

CREATE FUNCTION get_origin_package_v5(op_ident text, op_visibilities origin_package_visibility[]) RETURNS SETOF origin_packages
    LANGUAGE sql STABLE AS $$
    SELECT * FROM origin_packages WHERE ident = op_ident AND visibility = ANY (op_visibilities);
$$;

CREATE FUNCTION t_rdeps_for_id(job_graph_id bigint) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY WITH RECURSIVE found(id) AS (
        SELECT g.id FROM job_graph g WHERE g.dependencies @> ARRAY[job_graph_id]
        UNION
        SELECT g.id FROM job_graph g JOIN found ON g.dependencies @> ARRAY[found.id])
    SELECT * FROM found;
END;
$$;

CREATE FUNCTION t_deps_for_id(job_graph_id bigint) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY WITH RECURSIVE found(id) AS (
        SELECT unnest(g.dependencies) FROM job_graph g WHERE g.id = job_graph_id
        UNION
        SELECT unnest(g.dependencies) FROM job_graph g JOIN found ON g.id = found.id)
    SELECT * FROM found;
END;
$$;

CREATE FUNCTION t_deps_for_id_group(in_id bigint, in_group_id bigint) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY WITH RECURSIVE found(id) AS (
        SELECT unnest(g.dependencies) FROM job_graph g WHERE g.id = in_id AND g.group_id = in_group_id
        UNION
        SELECT unnest(g.dependencies) FROM job_graph g JOIN found ON g.id = found.id AND g.group_id = in_group_id)
    SELECT * FROM found;
END;
$$;

CREATE FUNCTION job_graph_fixup_waiting_on_count() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    changed integer;
BEGIN
    UPDATE job_graph SET waiting_on_count = counted.remaining
    FROM (SELECT j.id, cardinality(j.dependencies) - count(d.id)::integer AS remaining
          FROM job_graph j LEFT JOIN job_graph d ON j.dependencies @> ARRAY[d.id] AND d.job_state = 'complete'
          GROUP BY j.id) AS counted
    WHERE job_graph.id = counted.id AND waiting_on_count <> counted.remaining;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END;
$$;

CREATE FUNCTION job_graph_mark_complete(job_graph_id bigint, as_built text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    readied integer;
BEGIN
    UPDATE job_graph SET waiting_on_count = waiting_on_count - 1 WHERE dependencies @> ARRAY[job_graph_id];
    UPDATE job_graph SET job_state = 'ready' WHERE waiting_on_count = 0 AND job_state = 'waiting_on_dependency';
    GET DIAGNOSTICS readied = ROW_COUNT;
    UPDATE job_graph SET job_state = 'complete', as_built_ident = as_built WHERE id = job_graph_id;
    RETURN readied;
END;
$$;

CREATE FUNCTION job_graph_mark_failed(job_graph_id bigint) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    failed integer;
BEGIN
    UPDATE job_graph SET job_state = 'dependency_failed'
    WHERE id IN (SELECT t_rdeps_for_id(job_graph_id)) AND job_state IN ('waiting_on_dependency', 'ready');
    GET DIAGNOSTICS failed = ROW_COUNT;
    UPDATE job_graph SET job_state = 'job_failed' WHERE id = job_graph_id;
    RETURN failed;
END;
$$;
