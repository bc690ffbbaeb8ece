-- builder_originsrv as it was in August 2018; run once for public and once for every shard's schema, which the search path names.
CREATE SEQUENCE origin_channel_id_seq;
CREATE SEQUENCE origin_id_seq;
CREATE SEQUENCE origin_integration_id_seq;
CREATE SEQUENCE origin_invitations_id_seq;
CREATE SEQUENCE origin_package_id_seq;
CREATE SEQUENCE origin_private_encryption_key_id_seq;
CREATE SEQUENCE origin_project_id_seq;
CREATE SEQUENCE origin_project_integration_id_seq;
CREATE SEQUENCE origin_public_encryption_key_id_seq;
CREATE SEQUENCE origin_public_key_id_seq;
CREATE SEQUENCE origin_secret_key_id_seq;
CREATE SEQUENCE origin_secrets_id_seq;

CREATE TABLE __diesel_schema_migrations (
    version varchar(50) NOT NULL,
    run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000'), ('20171213184520'), ('20180118002423'), ('20180118014354'),
    ('20180221142803'), ('20180305224023'), ('20180613213130'), ('20180629222627'), ('20180702232814');

CREATE TABLE origins (
    id bigint NOT NULL DEFAULT next_id_v1('origin_id_seq'),
    name text,
    owner_id bigint,
    session_sync boolean DEFAULT false,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz,
    default_package_visibility text NOT NULL DEFAULT 'public'
);
CREATE TABLE origin_secrets (
    id bigint NOT NULL DEFAULT next_id_v1('origin_secrets_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    value text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE TABLE origin_secret_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_secret_key_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body bytea,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE origin_public_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_public_key_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body bytea,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE origin_public_encryption_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_public_key_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body bytea,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE TABLE origin_private_encryption_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_private_encryption_key_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body bytea,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE origin_projects (
    id bigint NOT NULL DEFAULT next_id_v1('origin_project_id_seq'),
    origin_id bigint,
    origin_name text,
    package_name text,
    name text,
    plan_path text,
    owner_id bigint,
    vcs_type text,
    vcs_data text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz,
    vcs_auth_token text,
    vcs_username text,
    vcs_installation_id bigint,
    visibility text NOT NULL DEFAULT 'public',
    auto_build boolean NOT NULL DEFAULT true
);
CREATE TABLE origin_integrations (
    id bigint NOT NULL DEFAULT next_id_v1('origin_integration_id_seq'),
    origin text,
    integration text,
    name text,
    body text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE origin_project_integrations (
    id bigint NOT NULL DEFAULT next_id_v1('origin_project_integration_id_seq'),
    origin text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    project_id bigint NOT NULL,
    integration_id bigint NOT NULL
);
CREATE TABLE origin_packages (
    id bigint NOT NULL DEFAULT next_id_v1('origin_package_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    ident text,
    checksum text,
    manifest text,
    config text,
    target text,
    deps text,
    tdeps text,
    exposes text,
    scheduler_sync boolean DEFAULT false,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz,
    visibility text NOT NULL DEFAULT 'public'
);
CREATE TABLE origin_members (
    origin_id bigint NOT NULL,
    origin_name text,
    account_id bigint NOT NULL,
    account_name text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE origin_invitations (
    id bigint NOT NULL DEFAULT next_id_v1('origin_invitations_id_seq'),
    origin_id bigint,
    origin_name text,
    account_id bigint,
    account_name text,
    owner_id bigint,
    ignored boolean DEFAULT false,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz,
    account_sync boolean DEFAULT false
);
CREATE TABLE origin_channels (
    id bigint NOT NULL DEFAULT next_id_v1('origin_channel_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE origin_channel_packages (
    channel_id bigint NOT NULL,
    package_id bigint NOT NULL,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE audit_package_group (
    origin_id bigint,
    channel_id bigint,
    package_ids bigint[],
    operation smallint,
    trigger smallint,
    requester_id bigint,
    requester_name text,
    group_id bigint,
    created_at timestamptz DEFAULT now()
);
CREATE TABLE audit_package (
    origin_id bigint,
    package_id bigint,
    channel_id bigint,
    operation smallint,
    trigger smallint,
    requester_id bigint,
    requester_name text,
    created_at timestamptz DEFAULT now()
);
CREATE TABLE audit (
    origin_id bigint,
    package_id bigint,
    channel_id bigint,
    operation smallint,
    trigger smallint,
    requester_id bigint,
    requester_name text,
    created_at timestamptz DEFAULT now()
);

-- keys: run after the rows are in
ALTER TABLE __diesel_schema_migrations ADD PRIMARY KEY (version);
ALTER TABLE origins ADD PRIMARY KEY (id), ADD UNIQUE (name);
ALTER TABLE origin_secrets ADD PRIMARY KEY (id), ADD UNIQUE (origin_id, name);
ALTER TABLE origin_secret_keys ADD PRIMARY KEY (id), ADD UNIQUE (full_name);
ALTER TABLE origin_public_keys ADD PRIMARY KEY (id), ADD UNIQUE (full_name);
ALTER TABLE origin_public_encryption_keys ADD PRIMARY KEY (id), ADD UNIQUE (full_name);
ALTER TABLE origin_private_encryption_keys ADD PRIMARY KEY (id), ADD UNIQUE (full_name);
ALTER TABLE origin_projects ADD PRIMARY KEY (id), ADD UNIQUE (origin_name, package_name, name);
ALTER TABLE origin_integrations ADD PRIMARY KEY (id), ADD UNIQUE (origin, integration, name);
ALTER TABLE origin_project_integrations ADD PRIMARY KEY (id), ADD UNIQUE (project_id, integration_id);
ALTER TABLE origin_packages ADD PRIMARY KEY (id), ADD UNIQUE (ident);
ALTER TABLE origin_members ADD PRIMARY KEY (origin_id, account_id);
ALTER TABLE origin_invitations ADD PRIMARY KEY (id), ADD UNIQUE (origin_id, account_id);
ALTER TABLE origin_channels ADD PRIMARY KEY (id), ADD UNIQUE (origin_id, name);
ALTER TABLE origin_channel_packages ADD PRIMARY KEY (channel_id, package_id);

ALTER TABLE origin_secrets ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_secret_keys ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_public_keys ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_public_encryption_keys ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_private_encryption_keys ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_projects ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_project_integrations ADD FOREIGN KEY (project_id) REFERENCES origin_projects (id) ON DELETE CASCADE,
    ADD FOREIGN KEY (integration_id) REFERENCES origin_integrations (id) ON DELETE CASCADE;
ALTER TABLE origin_packages ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_members ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_invitations ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_channels ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_channel_packages ADD FOREIGN KEY (channel_id) REFERENCES origin_channels (id) ON DELETE CASCADE,
    ADD FOREIGN KEY (package_id) REFERENCES origin_packages (id);

CREATE VIEW origins_with_secret_key_full_name_v2 AS
    SELECT origins.id, origins.name, origins.owner_id, origin_secret_keys.full_name AS private_key_name, origins.default_package_visibility
    FROM origins LEFT JOIN origin_secret_keys ON origins.id = origin_secret_keys.origin_id
    ORDER BY origins.id, origin_secret_keys.full_name DESC;
