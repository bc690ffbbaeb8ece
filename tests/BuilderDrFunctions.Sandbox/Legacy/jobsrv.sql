-- builder_jobsrv as it was in August 2018; run for public and for shard_0, its only shard, which the search path names.
CREATE SEQUENCE groups_id_seq;
CREATE SEQUENCE job_id_seq;

CREATE TABLE __diesel_schema_migrations (
    version varchar(50) NOT NULL,
    run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000'), ('20171213173340'), ('20180328021112'), ('20180427232554'), ('20180709232521');

CREATE TABLE jobs (
    id bigint NOT NULL DEFAULT next_id_v1('job_id_seq'),
    owner_id bigint,
    job_state text,
    project_id bigint,
    project_name text,
    project_owner_id bigint,
    project_plan_path text,
    vcs text,
    vcs_arguments text[],
    net_error_code integer,
    net_error_msg text,
    scheduler_sync boolean DEFAULT false,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz,
    build_started_at timestamptz,
    build_finished_at timestamptz,
    package_ident text,
    archived boolean NOT NULL DEFAULT false,
    channel text,
    sync_count integer DEFAULT 0,
    worker text
);
CREATE TABLE groups (
    id bigint NOT NULL DEFAULT next_id_v1('groups_id_seq'),
    group_state text,
    project_name text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE group_projects (
    id bigserial NOT NULL,
    owner_id bigint,
    project_name text,
    project_ident text,
    project_state text,
    job_id bigint DEFAULT 0,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE graph_packages (
    id bigserial NOT NULL,
    ident text,
    deps text[],
    target text,
    created_at timestamptz DEFAULT now(),
    ident_array text[]
);
CREATE TABLE busy_workers (
    ident text,
    job_id bigint,
    quarantined boolean,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE audit (
    group_id bigint,
    operation smallint,
    trigger smallint,
    requester_id bigint,
    requester_name text,
    created_at timestamptz DEFAULT now()
);

-- keys: run after the rows are in
ALTER TABLE __diesel_schema_migrations ADD PRIMARY KEY (version);
ALTER TABLE jobs ADD PRIMARY KEY (id);
ALTER TABLE groups ADD PRIMARY KEY (id);
ALTER TABLE group_projects ADD PRIMARY KEY (id);
ALTER TABLE graph_packages ADD PRIMARY KEY (id), ADD UNIQUE (ident);
ALTER TABLE busy_workers ADD UNIQUE (ident, job_id);
CREATE INDEX graph_packages_ident_array ON graph_packages (ident_array);
CREATE INDEX pending_groups_index_v1 ON groups (created_at) WHERE group_state = 'Pending';
CREATE INDEX queued_groups_index_v1 ON groups (created_at) WHERE group_state = 'Queued';
CREATE INDEX pending_jobs_index_v1 ON jobs (created_at) WHERE job_state = 'Pending';
